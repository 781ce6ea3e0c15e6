import type { BookingStatus } from '../../../src/domain/booking.ts';
import type { BookingWish } from '../../../src/domain/booking-command.ts';

// What may be done with a booking, said once more and as plainly as can be: nothing of the code that it is held against
// is used here. Times are ms since the epoch.

const MINUTE = 60_000;

/** The plan's table. */
const EDGES: Record<BookingStatus, BookingStatus[]> = {
  PENDING: ['ASSIGNED', 'CANCELLED'],
  ASSIGNED: ['IN_PROGRESS', 'CANCELLED', 'NO_SHOW'],
  IN_PROGRESS: ['COMPLETED', 'RESCHEDULED', 'CANCELLED'],
  COMPLETED: [],
  CANCELLED: ['PENDING'],
  NO_SHOW: ['RESCHEDULED', 'CANCELLED'],
  WAITLISTED: ['PENDING', 'CANCELLED'],
  RESCHEDULED: ['PENDING', 'ASSIGNED'],
};
const ADVISOR_MAY: BookingStatus[] = ['IN_PROGRESS', 'COMPLETED', 'NO_SHOW', 'RESCHEDULED'];
const TAKES_ADVISOR: BookingStatus[] = ['PENDING', 'RESCHEDULED', 'ASSIGNED', 'IN_PROGRESS'];
const CLOSED: BookingStatus[] = ['COMPLETED', 'CANCELLED'];
const SERVING = ['asha', 'ben'];

export interface Row {
  status: BookingStatus;
  version: number;
  advisor: string | null;
  date: number;
  since: number;
}
export interface Command {
  id: string;
  /** An advisor by the id, or the admin. */
  who: 'alice' | 'asha' | 'ben';
  /** Advisors are named: what a strategy chooses has properties of its own. */
  wish: Exclude<BookingWish, { strategy: unknown }>;
  expectedVersion: number | null;
  occurredAt: number | null;
  /** Nobody waits for its answer. */
  isSignal: boolean;
}
export const edgesFrom = (status: BookingStatus): BookingStatus[] => EDGES[status];

/** What changes, or the code that says why nothing does. */
export function judge(
  row: Row,
  { who, wish, expectedVersion, occurredAt }: Command,
  now: number,
): Partial<Row> | string {
  if (who !== 'alice' && row.advisor !== who) return 'BOOKING_NOT_FOUND';
  if (expectedVersion !== null && expectedVersion !== row.version) return 'VERSION_MOVED';
  if (wish.kind === 'addNote') return {};
  if (wish.kind === 'reschedule') {
    if (CLOSED.includes(row.status)) return 'BOOKING_CLOSED';
    const date = Date.parse(wish.bookingDate);
    if (date <= now) return 'DATE_PASSED';
    return ['IN_PROGRESS', 'NO_SHOW'].includes(row.status) ? { date, status: 'RESCHEDULED' } : { date };
  }
  if (wish.kind === 'assign') {
    const becomes = ['PENDING', 'RESCHEDULED'].includes(row.status) ? 'ASSIGNED' : row.status;
    if (who !== 'alice') return 'FORBIDDEN';
    if (!TAKES_ADVISOR.includes(row.status)) return 'BOOKING_CLOSED';
    if (wish.advisorId === row.advisor && becomes === row.status) return {};
    if (wish.insteadOf !== row.advisor) return 'ALREADY_ASSIGNED';
    return SERVING.includes(wish.advisorId) ? { advisor: wish.advisorId, status: becomes } : 'ADVISOR_UNAVAILABLE';
  }
  if (who !== 'alice' && !ADVISOR_MAY.includes(wish.status)) return 'FORBIDDEN';
  // A phone's clock may be a minute behind.
  if (occurredAt !== null && occurredAt + MINUTE < row.since) return 'STATUS_OUTDATED';
  if (!EDGES[row.status].includes(wish.status)) return 'TRANSITION_NOT_ALLOWED';
  if (wish.status === 'ASSIGNED' && row.advisor === null) return 'ADVISOR_REQUIRED';
  return wish.status === 'PENDING' ? { status: 'PENDING', advisor: null } : { status: wish.status };
}

export function allowedTo({ status }: Row, { who, wish }: Command): string[] {
  const edges = EDGES[status].filter((to) => who === 'alice' || ADVISOR_MAY.includes(to));
  if (wish.kind === 'changeStatus') return edges;
  const assign = who === 'alice' && TAKES_ADVISOR.includes(status) ? ['assign'] : [];
  return [...edges, ...assign, ...(CLOSED.includes(status) ? [] : ['reschedule']), 'addNote'];
}
