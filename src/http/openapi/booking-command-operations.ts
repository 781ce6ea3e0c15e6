import type { FailureCode } from '../../domain/failures.ts';
import { assignRequest, noteRequest, rescheduleRequest, statusChange } from '../booking-command-requests.ts';
import { gives, type Operations } from './operation.ts';
import { transitionTable } from './transition-table.ts';

const accepted = gives('AcceptedCommand', 'Stored; the booking and its history tell what becomes of it.', ['Location']);
const done = gives('Booking', 'The booking as it is now.', ['ETag']);

/** What any change of a booking may meet. */
const refusals: readonly FailureCode[] = ['BOOKING_NOT_FOUND', 'VERSION_MOVED', 'IDEMPOTENCY_KEY_REUSED'];

const status = {
  summary: 'Change the status of a booking',
  description: [
    'Applied by the workflow of the booking, once for a `messageId` or an `Idempotency-Key`. What the table has not is',
    'refused with 409, which says what is `allowed`. `occurredAt` orders what a phone sends late.',
    `\n\n${transitionTable()}`,
  ].join(' '),
  headers: ['Idempotency-Key', 'If-Match', 'Prefer'],
  body: statusChange,
  example: { status: 'IN_PROGRESS', reason: 'arrived', messageId: 'phone-7-0001', occurredAt: null },
  answers: { 200: done, 202: accepted },
  problems: [...refusals, 'TRANSITION_NOT_ALLOWED', 'STATUS_OUTDATED', 'ADVISOR_REQUIRED', 'ADVISOR_UNAVAILABLE'],
} as const;

const note = {
  summary: 'Add a note to a booking',
  headers: ['Idempotency-Key', 'If-Match'],
  body: noteRequest,
  example: { note: 'Wants the blue one.', messageId: 'phone-7-0002' },
  answers: { 201: done, 202: accepted },
  problems: refusals,
} as const;

export const bookingCommandOperations = {
  'PATCH /api/admin/bookings/:id/status': { id: 'changeStatusAsAdmin', ...status },
  'PATCH /api/advisor/bookings/:id/status': { id: 'changeStatus', ...status },
  'POST /api/admin/bookings/:id/notes': { id: 'addNoteAsAdmin', ...note },
  'POST /api/advisor/bookings/:id/notes': { id: 'addNote', ...note },
  'PATCH /api/admin/bookings/:id/assign': {
    id: 'assignBooking',
    summary: 'Assign a booking',
    description: 'To an advisor, or to whom a strategy chooses among those who serve its dealer.',
    headers: ['Idempotency-Key', 'If-Match'],
    body: assignRequest,
    example: { strategy: 'least_loaded', reason: null },
    answers: { 200: done, 202: accepted },
    problems: [...refusals, 'BOOKING_CLOSED', 'ALREADY_ASSIGNED', 'ADVISOR_UNAVAILABLE', 'NO_ADVISOR_AVAILABLE'],
  },
  'PATCH /api/bookings/:id/reschedule': {
    id: 'rescheduleBooking',
    summary: 'Move a booking to another date',
    headers: ['Idempotency-Key', 'If-Match'],
    body: rescheduleRequest,
    example: { bookingDate: '2027-04-05T09:00:00Z', reason: 'the customer is away' },
    answers: { 200: done, 202: accepted },
    problems: [...refusals, 'BOOKING_CLOSED', 'DATE_PASSED'],
  },
  'GET /api/bookings/:id/lifecycle': {
    id: 'getBookingLifecycle',
    summary: 'Ask the workflow of a booking what comes next',
    answers: { 200: gives('Lifecycle', 'Where it stands, what is due next, and what the caller may do.') },
    problems: ['BOOKING_NOT_FOUND'],
  },
} as const satisfies Operations;
