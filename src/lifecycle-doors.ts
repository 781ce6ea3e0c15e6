import type { LifecycleDoors } from '../activities/lifecycle-doors.ts';
import { listRunning } from './running-lifecycles.ts';
import type { Temporal } from './temporal.ts';

/** What a worker's activities do with bookings' workflows, by its client. */
export const lifecycleDoors = ({ client, bookings, walks }: Temporal): LifecycleDoors => ({
  startWalk: (walk) => walks.start(walk),
  startBooking: (bookingId) => bookings.start(bookingId),
  refreshBooking: (bookingId) => bookings.refresh(bookingId),
  listRunning: (after, upTo) => listRunning(client, after, upTo),
});
