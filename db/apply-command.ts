import type { Strategy } from '../src/domain/assignment.ts';
import type { BookingAttempt, BookingWish, CommandedBooking, CommandResult } from '../src/domain/booking-command.ts';
import { judgeCommand, noBooking } from '../src/domain/judge-command.ts';
import type { LifecycleReading } from '../src/domain/lifecycle-reading.ts';
import { keepTurn, takeTurn } from './assignment-turns.ts';
import type { Database, Tx } from './connect.ts';
import { findCausedCommand, type LeftCommand } from './left-commands.ts';
import { readLifecycle } from './lifecycle-state.ts';
import { prepared, rows, run, withTransaction } from './query.ts';
import { type Accepted, changeBooking, changesNothing, recordRefusal, writeChanges } from './settle-command.ts';
import { changeAndOffer, type FreedPlace, followWaitlist, placeLeft } from './waitlist.ts';

export interface WrittenCommand {
  result: CommandResult;
  /** What it brought about in another booking, and nobody has applied yet: to be handed to that one's workflow. */
  caused: LeftCommand | null;
}

export type AppliedCommand = WrittenCommand & LifecycleReading;

const LOCK_BOOKING = prepared('lock_booking', 'select id from bookings where id = $1 for update');

/**
 * Applies a command to its booking, written with its audit row, its notification and its result in one transaction.
 * Done again it gives the stored result. Undefined: the booking has no such command.
 */
export async function applyCommand(
  db: Database,
  bookingId: string,
  commandId: string,
): Promise<AppliedCommand | undefined> {
  return (await applyUnlocked(db, bookingId, commandId)) ?? (await applyLocked(db, bookingId, commandId));
}

/**
 * Most changes: judged by what is read, and written by one statement if the booking still is as it was judged. That is
 * three round trips instead of seven to nine. Undefined: not this command, or somebody was faster.
 */
async function applyUnlocked(db: Database, bookingId: string, commandId: string): Promise<AppliedCommand | undefined> {
  const command = await findOpened(db, bookingId, commandId);
  if (!command?.booking || command.result || command.offered || strategyOf(command)) return undefined;
  const accepted = judgeCommand(command.booking, attemptOf(command, null));
  // A refusal is judged again behind the lock: it is an answer for ever.
  if (!accepted.ok || changesNothing(accepted)) return undefined;
  const written = await writeUnlocked(db, command, accepted);
  return written && { ...written, ...(await readLifecycle(db, bookingId)) };
}

async function writeUnlocked(
  db: Database,
  command: OpenedCommand,
  accepted: Accepted,
): Promise<WrittenCommand | undefined> {
  const place = placeLeft(command, accepted.changes);
  if (place) return changeAndOffer(db, command, { accepted, place });
  const result = await changeBooking(db, command, accepted);
  return result && { result, caused: null };
}

/** Judged under the row's lock, with what else it takes: a turn among advisors, a place for who waits. */
function applyLocked(db: Database, bookingId: string, commandId: string): Promise<AppliedCommand | undefined> {
  return withTransaction(db, async (tx) => {
    // A statement of its own: what is read with the lock would be from before the wait for it.
    await run(tx, LOCK_BOOKING, [bookingId]);
    const command = await findOpened(tx, bookingId, commandId);
    if (!command) return undefined;
    const written = command.result
      ? { result: command.result, caused: await findCausedCommand(tx, commandId) }
      : await settle(tx, command);
    return { ...written, ...(await readLifecycle(tx, bookingId)) };
  });
}

export interface OpenedCommand extends Pick<BookingAttempt, 'role' | 'owns' | 'advisorAvailable' | 'expectedVersion'> {
  id: string;
  bookingId: string;
  kind: BookingWish['kind'];
  payload: object;
  occurredAt: Date | null;
  now: Date;
  result: CommandResult | null;
  booking: CommandedBooking | null;
  /** The place that it offers the booking; null: it isn't the waitlist's. */
  offered: FreedPlace | null;
  /** The booking's dealer, or the place's. */
  dealerId: string | null;
  dealerSettings: Record<string, unknown> | null;
}

async function settle(tx: Tx, command: OpenedCommand): Promise<WrittenCommand> {
  const { booking } = command;
  const strategy = strategyOf(command);
  const attempt = attemptOf(command, strategy && (await takeTurn(tx, command.bookingId)));
  const verdict = booking ? judgeCommand(booking, attempt) : noBooking();
  const chosen = verdict.ok ? verdict.changes.advisorId : null;
  if (strategy === 'round_robin' && chosen) await keepTurn(tx, command.bookingId, chosen);
  const result = verdict.ok ? await writeChanges(tx, command, verdict) : await recordRefusal(tx, command, verdict);
  const caused = await followWaitlist(tx, command, { result, changes: verdict.ok ? verdict.changes : {} });
  return { result, caused };
}

const wishOf = ({ kind, payload }: OpenedCommand): BookingWish => ({ kind, ...payload }) as BookingWish;

function strategyOf(command: OpenedCommand): Strategy | null {
  const wish = wishOf(command);
  return wish.kind === 'assign' && 'strategy' in wish ? wish.strategy : null;
}

function attemptOf(command: OpenedCommand, desk: BookingAttempt['desk']): BookingAttempt {
  const { role, owns, advisorAvailable, expectedVersion } = command;
  return {
    ...{ wish: wishOf(command), role, owns, advisorAvailable, expectedVersion, desk },
    occurredAt: command.occurredAt?.toISOString() ?? null,
    now: command.now.toISOString(),
  };
}

interface OpenedRow extends Omit<OpenedCommand, 'booking'> {
  status: CommandedBooking['status'] | null;
  version: number;
  advisorId: string | null;
  bookingDate: Date | null;
  statusSince: Date;
}

const FIND_OPENED = prepared(
  'find_opened_command',
  `select c.id, c.booking_id as "bookingId", c.kind, c.payload, c.role, c.result, clock_timestamp() as now,
       c.expected_version as "expectedVersion", c.occurred_at as "occurredAt",
       b.status, b.version, b.advisor_id as "advisorId", b.booking_date as "bookingDate",
       coalesce(b.status_since, b.created_at) as "statusSince",
       exists (select from advisors a
         where a.id = b.advisor_id and a.is_active and lower(a.email) = lower(c.subject)) as owns,
       exists (select from advisors a join advisor_dealers s on s.advisor_id = a.id
         where a.id = coalesce(c.payload ->> 'advisorId', b.advisor_id) and a.is_active and s.dealer_id = b.dealer_id)
         as "advisorAvailable",
       case when p.command_id is not null then jsonb_build_object('bookingId', p.booking_id, 'version', p.version,
         'dealerId', p.dealer_id, 'day', p.day) end as offered,
       d.id as "dealerId", d.settings as "dealerSettings"
     from booking_commands c left join bookings b on b.id = c.booking_id
     left join waitlist_places p on p.command_id = c.id
     left join dealers d on d.id = coalesce(p.dealer_id, b.dealer_id)
     where c.id = $1 and c.booking_id = $2`,
);

async function findOpened(on: Database | Tx, bookingId: string, commandId: string): Promise<OpenedCommand | undefined> {
  const [row] = await rows<OpenedRow>(on, FIND_OPENED, [commandId, bookingId]);
  return row && { ...row, booking: bookingOf(row) };
}

function bookingOf({ status, version, advisorId, bookingDate, statusSince }: OpenedRow): CommandedBooking | null {
  if (status === null) return null;
  const times = { bookingDate: bookingDate?.toISOString() ?? null, statusSince: statusSince.toISOString() };
  return { status, version, advisorId, ...times };
}
