import type { BookingChanges, CommandResult } from '../src/domain/booking-command.ts';
import { freedDay, type WaitlistSettings, waitlistSettings } from '../src/domain/waitlist.ts';
import { dayIn, daySpan } from '../src/domain/zoned-time.ts';
import type { OpenedCommand, WrittenCommand } from './apply-command.ts';
import type { Database, Tx } from './connect.ts';
import { newId } from './ids.ts';
import { type LeftCommand, type LeftRow, toLeft } from './left-commands.ts';
import { prepared, rows, run } from './query.ts';
import { type Accepted, changeOf } from './settle-command.ts';

export interface DealersDay {
  dealerId: string;
  /** YYYY-MM-DD, by the dealer's calendar. */
  day: string;
}

/** A place that a booking gave up in a version of its own. */
export interface FreedPlace extends DealersDay {
  bookingId: string;
  version: number;
}

/**
 * Gives the place that a command frees to whoever waits longest, by a command to that booking; notes who has taken the
 * one that was offered, or offers it to the next. In the transaction of the command, so that no place is lost or given
 * twice; gives the command that it caused. Not for what imports and undos change: they tell of an import's bookings by
 * the thousand, and not of places.
 */
export async function followWaitlist(
  tx: Tx,
  command: OpenedCommand,
  { result, changes }: { result: CommandResult; changes: BookingChanges },
): Promise<LeftCommand | null> {
  const isTaken = command.offered !== null && result.ok;
  if (isTaken) await notePromotion(tx, command.id);
  const place = isTaken ? null : (command.offered ?? freedPlace(command, result, changes));
  return place && offerPlace(tx, place, command);
}

function freedPlace(command: OpenedCommand, result: CommandResult, changes: BookingChanges): FreedPlace | null {
  if (!result.ok) return null;
  const left = placeLeft(command, changes);
  return left && { bookingId: command.bookingId, version: result.version, ...left };
}

/** Where a change leaves a place that somebody may wait for, unless that day is over. */
export function placeLeft(
  { booking, dealerId, dealerSettings, now }: OpenedCommand,
  changes: BookingChanges,
): DealersDay | null {
  const settings = waitlistSettings(dealerSettings);
  const day = booking && freedDay(booking, changes, settings.timeZone);
  return dealerId !== null && day !== null && isOpen(day, now, settings) ? { dealerId, day } : null;
}

/** Whether the dealer's waitlist is on, and the day isn't over. */
const isOpen = (day: string, now: Date, { isOn, timeZone }: WaitlistSettings): boolean =>
  isOn && day >= dayIn(now.getTime(), timeZone);

const notePromotion = (tx: Tx, commandId: string): Promise<void> =>
  run(
    tx,
    `update waitlist_places set outcome = 'PROMOTED', settled_at = clock_timestamp()
     where command_id = $1 and settled_at is null`,
    [commandId],
  );

const OFFER = prepared('offer_place', 'select * from offer_place($1, $2, $3, $4, $5)');

async function offerPlace(tx: Tx, place: FreedPlace, cause: OpenedCommand): Promise<LeftCommand | null> {
  const asked = [place.bookingId, place.version, JSON.stringify(dayOf(place, cause)), newId(), cause.id];
  const [offer] = await rows<LeftRow>(tx, OFFER, asked);
  return offer ? toLeft(offer) : null;
}

/** A dealer's day as `offer_place` takes it. */
function dayOf({ dealerId, day }: DealersDay, { dealerSettings, now }: OpenedCommand) {
  const settings = waitlistSettings(dealerSettings);
  return { dealerId, day, isOpen: isOpen(day, now, settings), ...daySpan(day, settings.timeZone) };
}

const CHANGE_AND_OFFER = prepared('change_and_offer', 'select * from change_and_offer($1, $2, $3, $4, $5, $6, $7)');

interface ChangedAndOffered extends Nullable<LeftRow> {
  result: CommandResult;
}
type Nullable<T> = { [K in keyof T]: T[K] | null };

/** Writes a change and gives the place that it frees on, by one statement. Undefined: as of `changeBooking`. */
export async function changeAndOffer(
  db: Database,
  command: OpenedCommand,
  { accepted, place }: { accepted: Accepted; place: DealersDay },
): Promise<WrittenCommand | undefined> {
  const offer = [command.bookingId, JSON.stringify(dayOf(place, command)), newId()];
  const [written] = await rows<ChangedAndOffered>(db, CHANGE_AND_OFFER, [...changeOf(command, accepted), ...offer]);
  if (!written) return undefined;
  const { result, ...caused } = written;
  return { result, caused: isLeft(caused) ? toLeft(caused) : null };
}

const isLeft = (row: Nullable<LeftRow>): row is LeftRow => row.commandId !== null;
