import type { BookingStatus } from './booking.ts';
import { isReminded } from './lifecycle-timers.ts';

export const NOTIFICATION_KINDS = [
  'ASSIGNED',
  'UNASSIGNED',
  'STATUS_CHANGED',
  'RESCHEDULED',
  'NOTE_ADDED',
  'REFUSED',
  'REMINDER',
  'NO_SHOW',
  'RESCHEDULE_LAPSED',
  'WAITLIST_PROMOTED',
  'IMPORT_ASSIGNED',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** A notification as channels get it. Times are ISO 8601. */
export interface Notification {
  /** The same however often it is handed over. */
  id: string;
  kind: NotificationKind;
  /** null: of an import as a whole. */
  bookingId: string | null;
  importId: string | null;
  dealerId: string | null;
  /** For this advisor; null: for the dealer's admins alone. */
  advisorId: string | null;
  /** For this one person, a token's subject. */
  subject: string | null;
  data: Record<string, unknown>;
}

/** The booking of a notification, as it is when that is to be delivered. */
export interface NotifiedBooking {
  status: BookingStatus;
  version: number;
  bookingDate: string | null;
}

export type DropReason = 'BOOKING_REMOVED' | 'BOOKING_CANCELLED' | 'BOOKING_MOVED_ON' | 'DATE_MOVED' | 'DATE_PASSED';
/** `onlyAt`: as long as the booking is at this version; null: whatever becomes of it. */
export type NotificationVerdict =
  | { holds: true; onlyAt: number | null }
  | { holds: false; reason: DropReason; onlyAt: number | null };

/**
 * Whether a notification is still to be delivered. What a person did is told, a cancel as well; what time did, or is
 * about to do, is told only of a booking that it still matters to. `now`: ms since the epoch.
 */
export function judgeNotification(
  { kind, bookingId, data }: Pick<Notification, 'kind' | 'bookingId' | 'data'>,
  booking: NotifiedBooking | null,
  now: number,
): NotificationVerdict {
  // A refusal is an answer to somebody, and an import's summary is of no one booking.
  if (kind === 'REFUSED' || bookingId === null) return { holds: true, onlyAt: null };
  if (!booking) return { holds: false, reason: 'BOOKING_REMOVED', onlyAt: null };
  if (!BY_TIME.includes(kind)) return { holds: true, onlyAt: null };
  const reason = whyNot(kind, data, booking, now);
  return reason ? { holds: false, reason, onlyAt: booking.version } : { holds: true, onlyAt: booking.version };
}

const BY_TIME: readonly NotificationKind[] = ['REMINDER', 'NO_SHOW', 'RESCHEDULE_LAPSED'];

function whyNot(
  kind: NotificationKind,
  data: Notification['data'],
  { status, bookingDate }: NotifiedBooking,
  now: number,
): DropReason | null {
  if (status === 'CANCELLED') return 'BOOKING_CANCELLED';
  if (kind !== 'REMINDER') return null;
  if (!isReminded(status)) return 'BOOKING_MOVED_ON';
  if (bookingDate === null || Date.parse(bookingDate) !== Date.parse(String(data.bookingDate))) return 'DATE_MOVED';
  return Date.parse(bookingDate) <= now ? 'DATE_PASSED' : null;
}
