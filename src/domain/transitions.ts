import type { BookingStatus } from './booking.ts';

/** The plan's table of status transitions: every edge there is. */
export const TRANSITIONS: Readonly<Record<BookingStatus, readonly BookingStatus[]>> = {
  PENDING: ['ASSIGNED', 'CANCELLED'],
  ASSIGNED: ['IN_PROGRESS', 'CANCELLED', 'NO_SHOW'],
  IN_PROGRESS: ['COMPLETED', 'RESCHEDULED', 'CANCELLED'],
  COMPLETED: [],
  CANCELLED: ['PENDING'],
  NO_SHOW: ['RESCHEDULED', 'CANCELLED'],
  WAITLISTED: ['PENDING', 'CANCELLED'],
  RESCHEDULED: ['PENDING', 'ASSIGNED'],
};

/** Who changes bookings: an admin goes every edge, an advisor only what happens at the dealer's, with own bookings. */
export type BookingRole = 'admin' | 'advisor';
const ADVISOR_TARGETS: readonly BookingStatus[] = ['IN_PROGRESS', 'COMPLETED', 'NO_SHOW', 'RESCHEDULED'];

export const mayTarget = (role: BookingRole, to: BookingStatus): boolean =>
  role === 'admin' || ADVISOR_TARGETS.includes(to);

/** The statuses that a role can move a booking to from where it stands. */
export const allowedStatuses = (status: BookingStatus, role: BookingRole): BookingStatus[] =>
  TRANSITIONS[status].filter((to) => mayTarget(role, to));

/** PENDING and RESCHEDULED become ASSIGNED; the others swap their advisor and keep their status. */
export const ASSIGNABLE: readonly BookingStatus[] = ['PENDING', 'RESCHEDULED', 'ASSIGNED', 'IN_PROGRESS'];

/** The status in which a new date leaves a booking; none where there is nothing to move any more. */
export const RESCHEDULED_TO: Readonly<Record<BookingStatus, BookingStatus | null>> = {
  PENDING: 'PENDING',
  ASSIGNED: 'ASSIGNED',
  WAITLISTED: 'WAITLISTED',
  RESCHEDULED: 'RESCHEDULED',
  IN_PROGRESS: 'RESCHEDULED',
  NO_SHOW: 'RESCHEDULED',
  COMPLETED: null,
  CANCELLED: null,
};

/** What a role can do with a booking as it stands: statuses to move it to, then the other commands. */
export function allowedActions(status: BookingStatus, role: BookingRole): string[] {
  const assign = role === 'admin' && ASSIGNABLE.includes(status);
  return [
    ...allowedStatuses(status, role),
    ...(assign ? ['assign'] : []),
    ...(RESCHEDULED_TO[status] ? ['reschedule'] : []),
    'addNote',
  ];
}
