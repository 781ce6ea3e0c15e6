import { day, instead } from './booking-trail.ts';
import type { Notification, NotificationKind } from './notification.ts';

/** A notification as its reader sees it. */
export interface NotificationView {
  /** Its place in the feed: the later it was told, the greater, as a text too. */
  id: string;
  kind: NotificationKind;
  /** null: it is of an import as a whole. */
  bookingId: string | null;
  externalId: string | null;
  importId: string | null;
  dealerCode: string | null;
  /** When it was told; ISO 8601. */
  at: string;
  /** When that happened which it tells of. */
  happenedAt: string;
  data: Record<string, unknown>;
  /** The same in words. */
  text: string;
}

/** What the sentences are made of, beside the notification itself. */
export interface NotificationFacts extends Pick<Notification, 'kind' | 'bookingId' | 'importId' | 'data'> {
  externalId: string | null;
  /** Of whom it is for; null: of nobody who is known. */
  advisorName: string | null;
}

/** One sentence, or two with a reason. */
export function tellNotification(facts: NotificationFacts): string {
  const { kind, bookingId, externalId, advisorName, data } = facts;
  const reason = TELLS_WHY.includes(kind) && data.reason ? ` Reason: ${data.reason}.` : '';
  const booking = `booking ${externalId ?? bookingId}`;
  return `${sentences[kind]({ ...facts, booking, advisor: advisorName ?? 'nobody', by: String(data.by ?? 'somebody') })}${reason}`;
}

interface Told extends NotificationFacts {
  booking: string;
  advisor: string;
  by: string;
}

const TELLS_WHY: readonly NotificationKind[] = ['ASSIGNED', 'UNASSIGNED', 'STATUS_CHANGED', 'RESCHEDULED'];

const sentences: Record<NotificationKind, (told: Told) => string> = {
  ASSIGNED: ({ by, booking, advisor, data }) => `${by} assigned ${booking} to ${advisor}; it is ${data.status} now.`,
  UNASSIGNED: ({ by, booking, advisor }) => `${by} took ${booking} from ${advisor}.`,
  STATUS_CHANGED: ({ by, booking, data }) => `${by} changed ${booking} to ${data.status}.`,
  RESCHEDULED: ({ by, booking, data }) => `${by} moved ${booking} to ${day(data.bookingDate)}.`,
  NOTE_ADDED: ({ by, booking }) => `${by} added a note to ${booking}.`,
  REFUSED: ({ booking, data }) => `Your change of ${booking} was refused: ${data.message ?? data.code}${instead(data)}`,
  REMINDER: ({ booking, data, advisor }) =>
    `${capital(booking)} is due on ${day(data.bookingDate)}, ${data.status} with ${advisor}.`,
  NO_SHOW: ({ booking, data }) => `${capital(booking)} became NO_SHOW: ${data.reason}.`,
  RESCHEDULE_LAPSED: ({ booking, data }) => `${capital(booking)} is ${data.status} again: ${data.reason}.`,
  WAITLIST_PROMOTED: ({ booking, data }) =>
    `${capital(booking)} has left the waitlist and is ${data.status}: ${data.reason}.`,
  IMPORT_ASSIGNED: ({ data, advisor, importId }) =>
    `${data.bookings} ${data.bookings === 1 ? 'booking was' : 'bookings were'} assigned to ${advisor} by import ${importId} (${data.fileName}).`,
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
