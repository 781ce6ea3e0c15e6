import type { BookingStatus } from './booking.ts';
import type { BookingChanges, CommandedBooking } from './booking-command.ts';
import { dayIn } from './zoned-time.ts';

/** What a dealer says about its waitlist. */
export interface WaitlistSettings {
  /** Whether a place that becomes free goes to whoever waits longest. */
  isOn: boolean;
  /** By whose calendar a day is a day. */
  timeZone: string;
}

/** Reads a dealer's settings: `waitlist` null or false turns it off; without a `timeZone` it is UTC. */
export function waitlistSettings(dealer: Record<string, unknown> | null): WaitlistSettings {
  const { waitlist, timeZone } = dealer ?? {};
  return {
    isOn: waitlist !== null && waitlist !== false,
    timeZone: typeof timeZone === 'string' ? timeZone : 'UTC',
  };
}

// What was missed or is done has used its place up.
const HOLDS_PLACE: readonly BookingStatus[] = ['PENDING', 'ASSIGNED', 'IN_PROGRESS', 'RESCHEDULED'];

/** The day, as YYYY-MM-DD, on which a change gives up the place that the booking held; null when it gives up none. */
export function freedDay(
  { status, bookingDate }: CommandedBooking,
  changes: BookingChanges,
  timeZone: string,
): string | null {
  if (bookingDate === null || !HOLDS_PLACE.includes(status)) return null;
  const day = dayIn(Date.parse(bookingDate), timeZone);
  const isMoved = changes.bookingDate !== undefined && dayIn(Date.parse(changes.bookingDate), timeZone) !== day;
  return changes.status === 'CANCELLED' || isMoved ? day : null;
}
