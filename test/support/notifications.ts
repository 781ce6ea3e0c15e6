import type { NotificationKind } from '../../src/domain/notification.ts';
import type { Store } from './store.ts';

export interface GivenNotification {
  kind?: NotificationKind;
  bookingId?: string;
  dealerId?: string | null;
  advisorId?: string | null;
  subject?: string | null;
  data?: object;
}

let made = 0;

/** A notification of a note at dealer DLR001, in the outbox, unless told otherwise; gives its id. */
export async function addNotification(store: Pick<Store, 'run'>, given: GivenNotification = {}): Promise<string> {
  made += 1;
  const { kind = 'NOTE_ADDED', bookingId = 'b1', dealerId = 'd1', advisorId = null, subject = null } = given;
  // Ids are in the order of time.
  const id = `N${String(made).padStart(8, '0')}`;
  await store.run(
    `insert into notifications (id, booking_id, event, kind, dealer_id, advisor_id, subject, data)
     values ($1::varchar, $2, 'test:' || $1::varchar, $3, $4, $5, $6, $7)`,
    [id, bookingId, kind, dealerId, advisorId, subject, JSON.stringify({ by: 'alice', ...given.data })],
  );
  return id;
}
