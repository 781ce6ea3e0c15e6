/** What lists of bookings can be sorted by; a `-` in front turns the order round. Ties are in the order of ids. */
export const BOOKING_SORTS = ['-createdAt', 'createdAt', '-bookingDate', 'bookingDate'] as const;
export type BookingSort = (typeof BOOKING_SORTS)[number];
