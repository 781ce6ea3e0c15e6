import type { LifecycleReading } from '../src/domain/lifecycle-reading.ts';
import { type LifecycleState, lifecycleSettings } from '../src/domain/lifecycle-timers.ts';
import type { Database, Tx } from './connect.ts';
import { oneRow, prepared, rows } from './query.ts';

/** One row of `LIFECYCLE_STATE`. */
export interface StateRow extends Omit<LifecycleState, 'bookingDate' | 'statusSince' | 'remindedFor' | 'settings'> {
  bookingDate: Date | null;
  statusSince: Date;
  isReminded: boolean;
  dealerSettings: Record<string, unknown> | null;
}

/** Columns and tables of a statement that has a booking `b`'s state. */
export const LIFECYCLE_STATE = `
  b.status, b.version, b.advisor_id as "advisorId", d.dealer_code as "dealerCode", b.import_id as "importId",
    b.booking_date as "bookingDate", coalesce(b.status_since, b.created_at) as "statusSince",
    exists (select from notifications n where n.booking_id = b.id and n.event = reminder_event(b.booking_date)
      and (n.feed_id is not null or n.dropped_at is null)) as "isReminded",
    coalesce((select i.import_settings ->> 'historical' = 'true' from booking_imports i where i.id = b.import_id), false)
      as historical,
    d.settings as "dealerSettings"
  from bookings b left join dealers d on d.id = b.dealer_id`;

/** What a booking's workflow goes by, or undefined when there is no such booking. */
export async function findLifecycleState(on: Database | Tx, bookingId: string): Promise<LifecycleState | undefined> {
  const [row] = await rows<StateRow>(on, `select ${LIFECYCLE_STATE} where b.id = $1`, [bookingId]);
  return row && toLifecycleState(row);
}

const READ_LIFECYCLE = prepared(
  'read_lifecycle',
  `select * from (
     select count(*)::int as untold from notifications n
     where n.booking_id = $1 and n.delivered_at is null and n.dropped_at is null
   ) open left join (select ${LIFECYCLE_STATE} where b.id = $1) known on true`,
);

/** The same, with what waits to be told of the booking, be it gone or not. */
export async function readLifecycle(on: Database | Tx, bookingId: string): Promise<LifecycleReading> {
  const { untold, ...row } = await oneRow<(StateRow | NoState) & { untold: number }>(on, READ_LIFECYCLE, [bookingId]);
  return { state: row.status === null ? null : toLifecycleState(row), untold };
}

type NoState = { status: null };

export function toLifecycleState({
  bookingDate,
  statusSince,
  isReminded,
  dealerSettings,
  ...row
}: StateRow): LifecycleState {
  const date = bookingDate?.toISOString() ?? null;
  return {
    ...row,
    bookingDate: date,
    statusSince: statusSince.toISOString(),
    remindedFor: isReminded ? date : null,
    settings: lifecycleSettings(dealerSettings),
  };
}
