import { bookingInput } from '../booking-input.ts';
import { bookingListQuery, ownListQuery, trailQuery } from '../booking-requests.ts';
import { statsQuery } from '../booking-stats.ts';
import { page, ref } from './json-schema.ts';
import { gives, type Operations } from './operation.ts';

const missing = ['BOOKING_NOT_FOUND'] as const;
const bookings = { description: 'One page of bookings.', schema: page(ref('Booking')) };

export const bookingOperations = {
  'GET /api/bookings': {
    id: 'listBookings',
    summary: 'List the bookings that the caller may see',
    description: 'An admin sees all of the dealers of the token, an advisor those that are assigned to him.',
    query: bookingListQuery,
    answers: { 200: bookings },
  },
  'GET /api/advisor/bookings': {
    id: 'listOwnBookings',
    summary: "List the calling advisor's bookings",
    query: ownListQuery,
    answers: { 200: bookings },
  },
  'GET /api/bookings/:id': {
    id: 'getBooking',
    summary: 'Read a booking',
    answers: { 200: gives('Booking', 'The booking; its version is the `ETag`.', ['ETag']) },
    problems: missing,
  },
  'GET /api/bookings/:id/audit': {
    id: 'listBookingAudit',
    summary: 'List everything that was done to a booking',
    description: 'Oldest first; for an admin of a booking that was removed, too.',
    query: trailQuery,
    answers: { 200: { description: 'One page of the trail.', schema: page(ref('TrailEntry')) } },
    problems: missing,
  },
  'GET /api/advisor/bookings/:id/history': {
    id: 'listBookingHistory',
    summary: 'Tell what was done to a booking',
    description: 'Oldest first.',
    query: trailQuery,
    answers: { 200: { description: 'One page of the history.', schema: page(ref('HistoryEntry')) } },
    problems: missing,
  },
  'POST /api/admin/bookings': {
    id: 'createBooking',
    summary: 'Create a booking',
    description:
      'Judged by the same rules as the row of an import. Needs `customerName`, `dealerCode` and `bookingDate`.',
    headers: ['Idempotency-Key'],
    body: bookingInput,
    example: { customerName: 'Asha Rao', dealerCode: 'DLR001', bookingDate: '2027-03-04T10:00:00Z' },
    answers: { 201: gives('NewBooking', 'The booking, with what is worth a look.', ['Location', 'ETag']) },
    problems: ['BOOKING_EXISTS', 'INVALID_BOOKING', 'IDEMPOTENCY_KEY_REUSED', ...missing],
  },
  'GET /api/admin/bookings/stats': {
    id: 'getBookingStats',
    summary: 'Read the figures of imports and bookings',
    description: 'Of a range, the last 30 days unless told otherwise; `from` is in it, `to` is not.',
    query: statsQuery,
    answers: { 200: gives('Stats', 'The figures.') },
  },
} as const satisfies Operations;
