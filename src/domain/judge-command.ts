import { chooseAdvisor } from './assignment.ts';
import type { AuditAction } from './booking.ts';
import type {
  BookingAttempt,
  BookingChanges,
  BookingWish,
  CommandedBooking,
  CommandRefusal,
  CommandVerdict,
} from './booking-command.ts';
import type { FailureCode } from './failures.ts';
import { ASSIGNABLE, allowedActions, allowedStatuses, mayTarget, RESCHEDULED_TO, TRANSITIONS } from './transitions.ts';

type WishOf<K extends BookingWish['kind']> = Extract<BookingWish, { kind: K }>;
type Judge<K extends BookingWish['kind']> = (
  booking: CommandedBooking,
  wish: WishOf<K>,
  attempt: BookingAttempt,
) => CommandVerdict;

/** A phone's clock may be behind by this much, without what it tells being late. */
const CLOCK_SKEW_MS = 60_000;

/** Decides about a command: what it changes, or why it may not and what may. */
export function judgeCommand(booking: CommandedBooking, attempt: BookingAttempt): CommandVerdict {
  const { wish, role, owns, expectedVersion } = attempt;
  if (role === 'advisor' && !owns) return noBooking();
  if (expectedVersion !== null && expectedVersion !== booking.version)
    return refuse(
      booking,
      attempt,
      'VERSION_MOVED',
      `The booking is at version ${booking.version} now; read it again.`,
    );
  switch (wish.kind) {
    case 'changeStatus':
      return judgeStatus(booking, wish, attempt);
    case 'assign':
      return judgeAssign(booking, wish, attempt);
    case 'reschedule':
      return judgeReschedule(booking, wish, attempt);
    case 'addNote':
      return { ok: true, action: 'NOTE_ADDED', changes: { note: wish.note } };
  }
}

const judgeStatus: Judge<'changeStatus'> = (booking, { status: to }, attempt) => {
  const { role, occurredAt, advisorAvailable } = attempt;
  const no = (code: FailureCode, message: string) => refuse(booking, attempt, code, message);
  if (!mayTarget(role, to)) return no('FORBIDDEN', `The role ${role} may not make a booking ${to}.`);
  if (occurredAt !== null && Date.parse(occurredAt) + CLOCK_SKEW_MS < Date.parse(booking.statusSince))
    return no('STATUS_OUTDATED', `That was at ${occurredAt}; since ${booking.statusSince} it is ${booking.status}.`);
  if (!TRANSITIONS[booking.status].includes(to))
    return no('TRANSITION_NOT_ALLOWED', `A booking that is ${booking.status} cannot become ${to}.`);
  if (to === 'ASSIGNED' && booking.advisorId === null)
    return no('ADVISOR_REQUIRED', 'The booking has no advisor; assign one, and it becomes ASSIGNED.');
  if (to === 'ASSIGNED' && !advisorAvailable)
    return no('ADVISOR_UNAVAILABLE', "The booking's advisor is no longer active for its dealer; assign another one.");
  if (to === 'RESCHEDULED') return withWhomIsLeft(booking, attempt, 'STATUS_CHANGED', { status: to });
  // PENDING waits for an advisor, so whoever had it has it no more.
  const advisor = to === 'PENDING' && booking.advisorId !== null ? { advisorId: null } : {};
  return { ok: true, action: 'STATUS_CHANGED', changes: { status: to, ...advisor } };
};

const judgeAssign: Judge<'assign'> = (booking, wish, attempt) => {
  const no = (code: FailureCode, message: string) => refuse(booking, attempt, code, message);
  if (attempt.role !== 'admin') return no('FORBIDDEN', 'Only an admin assigns bookings.');
  if (!ASSIGNABLE.includes(booking.status))
    return no('BOOKING_CLOSED', `A booking that is ${booking.status} takes no advisor.`);
  const choice = choiceOf(wish, attempt);
  if (!choice.ok) return no(choice.code, choice.message);
  const { ok: _, advisorId, ...reason } = choice;
  const becomes = booking.status === 'PENDING' || booking.status === 'RESCHEDULED' ? 'ASSIGNED' : booking.status;
  const status = becomes === booking.status ? {} : { status: becomes };
  if (booking.advisorId === advisorId && becomes === booking.status) return unchanged();
  // Of two admins who decide at once the second would undo the first without knowing of it.
  if (booking.advisorId !== wish.insteadOf)
    return no('ALREADY_ASSIGNED', 'Its advisor was changed while this was decided; look again, then assign.');
  if ('advisorId' in wish && !attempt.advisorAvailable)
    return no(
      'ADVISOR_UNAVAILABLE',
      "There is no such advisor, or none who is active and serves the booking's dealer.",
    );
  return { ok: true, action: 'ASSIGNED', changes: { advisorId, ...status }, ...reason };
};
const choiceOf = (wish: WishOf<'assign'>, { desk }: BookingAttempt) =>
  'strategy' in wish
    ? chooseAdvisor(wish.strategy, desk ?? { candidates: [], lastTurn: null })
    : ({ ok: true, advisorId: wish.advisorId } as const);
const unchanged = (): CommandVerdict => ({ ok: true, action: 'ASSIGNED', changes: {} });

const judgeReschedule: Judge<'reschedule'> = (booking, { bookingDate }, attempt) => {
  const no = (code: FailureCode, message: string) => refuse(booking, attempt, code, message);
  const status = RESCHEDULED_TO[booking.status];
  if (status === null) return no('BOOKING_CLOSED', `A booking that is ${booking.status} cannot be moved.`);
  if (Date.parse(bookingDate) <= Date.parse(attempt.now))
    return no('DATE_PASSED', `A booking can only be moved to a time to come; ${bookingDate} has passed.`);
  const moved = status === booking.status ? {} : { status };
  return withWhomIsLeft(booking, attempt, 'RESCHEDULED', { bookingDate, ...moved });
};

/** A booking that is put off keeps its advisor only while that one can take it. */
function withWhomIsLeft(
  { status, advisorId }: CommandedBooking,
  { advisorAvailable }: BookingAttempt,
  action: AuditAction,
  changes: BookingChanges,
): CommandVerdict {
  if (advisorId === null || advisorAvailable) return { ok: true, action, changes };
  // No booking is ASSIGNED to nobody. It is as if it went through RESCHEDULED, whose ways out are ASSIGNED and PENDING:
  // without an advisor the second is left, and there whoever assigns finds it.
  const goesBack = status === 'ASSIGNED' ? ({ status: 'PENDING' } as const) : {};
  const why = 'its advisor is no longer active for its dealer';
  return { ok: true, action, changes: { ...changes, ...goesBack, advisorId: null }, why };
}

function refuse(
  { status, version }: CommandedBooking,
  { wish, role }: BookingAttempt,
  code: FailureCode,
  message: string,
): CommandRefusal {
  const allowed = wish.kind === 'changeStatus' ? allowedStatuses(status, role) : allowedActions(status, role);
  return { ok: false, code, message, allowed, status, version };
}

/** Another's booking looks like none at all. */
export const noBooking = (): CommandRefusal => ({
  ok: false,
  code: 'BOOKING_NOT_FOUND',
  message: 'There is no such booking.',
  allowed: [],
  status: null,
  version: null,
});
