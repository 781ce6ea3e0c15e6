import type { BookingStatus } from '../../src/domain/booking.ts';
import type { Store } from './store.ts';

export const ASHA = { id: 'asha', email: 'asha@example.com' };
export const BEN = { id: 'ben', email: 'ben@example.com' };

/** Two advisors of dealer DLR001, and one who isn't active. */
export async function addAdvisors(store: Store): Promise<void> {
  await store.run(
    `insert into advisors (id, email, name, is_active) values
       ('asha', 'asha@example.com', 'Asha Rao', true), ('ben', 'ben@example.com', 'Ben Okri', true),
       ('cleo', 'cleo@example.com', 'Cleo Marsh', false)`,
  );
  await store.run(
    `insert into advisor_dealers (advisor_id, dealer_id, is_home)
     select id, 'd1', true from advisors where id in ('asha', 'ben', 'cleo')`,
  );
}

export interface GivenBooking {
  status?: BookingStatus;
  advisorId?: string | null;
  /** ISO 8601 */
  bookingDate?: string;
  statusSince?: string | null;
  dealerId?: string;
}

let made = 0;

/** A booking, of dealer DLR001, PENDING and some months away unless told otherwise; gives its id. */
export async function addBooking(store: Store, given: GivenBooking = {}): Promise<string> {
  made += 1;
  const id = `B${process.pid}-${made}`;
  const { status = 'PENDING', advisorId = null, statusSince = null, dealerId = 'd1' } = given;
  const bookingDate = given.bookingDate ?? new Date(Date.now() + 90 * 86_400_000).toISOString();
  await store.run(
    `insert into bookings (id, dealer_id, customer_name, status, advisor_id, booking_date, status_since)
     values ($1, $6, 'Customer', $2, $3, $4, $5)`,
    [id, status, advisorId, bookingDate, statusSince, dealerId],
  );
  return id;
}

/** What stands in the trail of a booking, oldest first. */
export const trailOf = (store: Store, bookingId: string) =>
  store.rows<{
    action: string;
    who: string;
    was: object | null;
    is: Record<string, unknown> | null;
    reason: string | null;
  }>(
    `select action, changed_by as who, old_value as was, new_value as is, change_reason as reason
     from booking_audit_logs where booking_id = $1 order by created_at`,
    [bookingId],
  );

export const notificationsOf = (store: Store, bookingId: string) =>
  store.rows<{ kind: string; advisorId: string | null; subject: string | null; data: Record<string, unknown> }>(
    `select kind, advisor_id as "advisorId", subject, data from notifications where booking_id = $1 order by created_at, event`,
    [bookingId],
  );
