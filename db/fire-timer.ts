import type { BookingStatus } from '../src/domain/booking.ts';
import type { LifecycleReading } from '../src/domain/lifecycle-reading.ts';
import type { LifecycleState, TimerKind } from '../src/domain/lifecycle-timers.ts';
import type { Database } from './connect.ts';
import { readLifecycle } from './lifecycle-state.ts';
import { run } from './query.ts';

/**
 * Does what a timer is for, if the booking still is as the timer was set for; then gives how it is now. Each effect is
 * one statement that looks at the row itself, so a refresh that was lost does no harm.
 */
export async function fireTimer(
  db: Database,
  bookingId: string,
  kind: TimerKind,
  state: LifecycleState,
): Promise<LifecycleReading> {
  if (kind === 'reminder') await remind(db, bookingId, state);
  if (kind === 'noShow') await lapse(db, bookingId, state, NO_SHOW);
  if (kind === 'rescheduleDeadline') await lapse(db, bookingId, state, NOT_RESCHEDULED);
  return readLifecycle(db, bookingId);
}

// The state's times are JavaScript's, in whole milliseconds.
const SAME_DATE = `date_trunc('milliseconds', b.booking_date) is not distinct from $2::timestamptz`;

const remind = (db: Database, bookingId: string, { bookingDate }: LifecycleState): Promise<void> =>
  run(
    db,
    `insert into notifications (booking_id, event, kind, dealer_id, advisor_id, data)
     select b.id, reminder_event(b.booking_date), 'REMINDER', b.dealer_id, b.advisor_id,
       jsonb_build_object('status', b.status, 'bookingDate', b.booking_date)
     from bookings b
     where b.id = $1 and b.status in ('PENDING', 'ASSIGNED') and ${SAME_DATE}
     -- A cancel on its way is waited for, and then there is nothing to remind of.
     for update of b
     -- One that was dropped, since the booking was cancelled or elsewhere just then, is due again.
     on conflict (booking_id, event) do update set dropped_at = null, drop_reason = null,
       advisor_id = excluded.advisor_id, data = excluded.data, created_at = excluded.created_at
     where notifications.dropped_at is not null and notifications.feed_id is null`,
    [bookingId, bookingDate],
  );

interface Lapse {
  from: BookingStatus;
  to: BookingStatus;
  kind: string;
  why: string;
}
const NO_SHOW: Lapse = {
  from: 'ASSIGNED',
  to: 'NO_SHOW',
  kind: 'NO_SHOW',
  why: 'nobody began it within the time of grace',
};
const NOT_RESCHEDULED: Lapse = {
  from: 'RESCHEDULED',
  to: 'PENDING',
  kind: 'RESCHEDULE_LAPSED',
  why: 'nobody dealt with it until the deadline',
};

const lapse = (
  db: Database,
  bookingId: string,
  { bookingDate, statusSince }: LifecycleState,
  { from, to, kind, why }: Lapse,
): Promise<void> =>
  run(
    db,
    `with moved as (
       update bookings b set status = $5::text, status_since = clock_timestamp(), version = version + 1,
         advisor_id = case when $5::text = 'PENDING' then null else advisor_id end, updated_at = clock_timestamp()
       where b.id = $1 and b.status = $4 and ${SAME_DATE}
         and date_trunc('milliseconds', coalesce(b.status_since, b.created_at)) = $3::timestamptz
       returning b.id, b.version, b.dealer_id, old.advisor_id, b.booking_date,
         booking_facts(old) as before, booking_facts(new) as after
     ), audited as (
       insert into booking_audit_logs (booking_id, changed_by, action, old_value, new_value, change_reason, created_at)
       select id, 'system', 'STATUS_CHANGED', jsonb_differing(before, after), jsonb_differing(after, before), $7,
         clock_timestamp()
       from moved
     )
     insert into notifications (booking_id, event, kind, dealer_id, advisor_id, data)
     select id, 'timer:' || version, $6, dealer_id, advisor_id,
       jsonb_build_object('status', $5::text, 'bookingDate', booking_date, 'by', 'system', 'reason', $7::text)
     from moved`,
    [bookingId, bookingDate, statusSince, from, to, kind, why],
  );
