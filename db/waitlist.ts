import type { BookingChanges, CommandResult } from '../src/domain/booking-command.ts';
import { freedDay, waitlistSettings } from '../src/domain/waitlist.ts';
import { dayIn, daySpan } from '../src/domain/zoned-time.ts';
import type { OpenedCommand } from './apply-command.ts';
import type { Tx } from './connect.ts';
import { newId } from './ids.ts';
import { prepared, run } from './query.ts';

/** A place on a dealer's day that a booking gave up in a version of its own. */
export interface FreedPlace {
  bookingId: string;
  version: number;
  dealerId: string;
  /** YYYY-MM-DD, by the dealer's calendar. */
  day: string;
}

/**
 * Gives the place that a command frees to whoever waits longest, by a command to that booking; notes who has taken the
 * one that was offered, or offers it to the next. In the transaction of the command, so that no place is lost or given
 * twice; says whether it has a place to give. Not for what imports and undos change: they tell of an import's bookings
 * by the thousand, and not of places.
 */
export async function followWaitlist(
  tx: Tx,
  command: OpenedCommand,
  { result, changes }: { result: CommandResult; changes: BookingChanges },
): Promise<boolean> {
  const isTaken = command.offered !== null && result.ok;
  if (isTaken) await notePromotion(tx, command.id);
  const place = isTaken ? null : (command.offered ?? freedPlace(command, result, changes));
  if (place) await offerPlace(tx, place, command);
  return place !== null;
}

/** Whether a change leaves a place behind that somebody may wait for. */
export const freesPlace = (command: OpenedCommand, changes: BookingChanges): boolean =>
  command.dealerId !== null && openDay(command, changes) !== null;

function freedPlace(command: OpenedCommand, result: CommandResult, changes: BookingChanges): FreedPlace | null {
  const { bookingId, dealerId } = command;
  if (!result.ok || dealerId === null) return null;
  const day = openDay(command, changes);
  return day === null ? null : { bookingId, version: result.version, dealerId, day };
}

/** The day that a change leaves, if it isn't over. */
function openDay({ booking, dealerSettings, now }: OpenedCommand, changes: BookingChanges): string | null {
  const { isOn, timeZone } = waitlistSettings(dealerSettings);
  const day = booking && isOn ? freedDay(booking, changes, timeZone) : null;
  const isOver = day !== null && day < dayIn(now.getTime(), timeZone);
  return isOver ? null : day;
}

const notePromotion = (tx: Tx, commandId: string): Promise<void> =>
  run(
    tx,
    `update waitlist_places set outcome = 'PROMOTED', settled_at = clock_timestamp()
     where command_id = $1 and settled_at is null`,
    [commandId],
  );

// Whoever waits for it holds one booking's row, and after it takes no other's: no circle of those who wait.
const lockDay = (tx: Tx, { dealerId, day }: FreedPlace): Promise<void> => run(tx, LOCK_DAY, [dealerId, day]);

const LOCK_DAY = prepared(
  'lock_waitlist_day',
  `select pg_advisory_xact_lock(hashtextextended('waitlist:' || $1 || ':' || $2, 0))`,
);

// The version is what makes it safe without a lock on the row: whatever happens to the booking until its own workflow
// applies the command, a cancel too, makes that refuse it, and the place goes on.
const OFFER = prepared(
  'offer_place',
  `
  with oldest as (
    select b.id, b.version from bookings b
    where $5 and b.dealer_id = $3 and b.status = 'WAITLISTED' and b.booking_date >= $6 and b.booking_date < $7
      and not exists (select from waitlist_places p
        where p.offered_to = b.id and p.settled_at is null and p.dealer_id = $3 and p.day = $4
          and (p.booking_id, p.version) <> ($1, $2))
    order by b.created_at, b.id limit 1
  ), offered as (
    insert into booking_commands (id, booking_id, subject, role, key, fingerprint, kind, payload, reason,
      expected_version, caused_by, created_at)
    select $8, id, 'system', 'admin', $8, '', 'changeStatus', '{"status": "PENDING"}',
      'booking ' || $1 || ' gave up its place', version, $9, clock_timestamp()
    from oldest
    returning id, booking_id
  )
  insert into waitlist_places (booking_id, version, dealer_id, day, offered_to, command_id, outcome, settled_at)
  select $1, $2, $3, $4, o.booking_id, o.id, case when o.id is null then 'UNCLAIMED' end,
    case when o.id is null then clock_timestamp() end
  from (select) place left join offered o on true
  on conflict (booking_id, version) do update set offered_to = excluded.offered_to, command_id = excluded.command_id,
    outcome = excluded.outcome, settled_at = excluded.settled_at`,
);

async function offerPlace(tx: Tx, place: FreedPlace, cause: OpenedCommand): Promise<void> {
  const { bookingId, version, dealerId, day } = place;
  const { isOn, timeZone } = waitlistSettings(cause.dealerSettings);
  const isOpen = isOn && day >= dayIn(cause.now.getTime(), timeZone);
  const { from, until } = daySpan(day, timeZone);
  // A statement of its own: what is read with the lock would be from before the wait for it.
  await lockDay(tx, place);
  await run(tx, OFFER, [bookingId, version, dealerId, day, isOpen, from, until, newId(), cause.id]);
}
