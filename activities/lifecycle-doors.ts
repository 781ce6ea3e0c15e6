import type { RunningLifecycle } from '../src/domain/lifecycle-match.ts';
import type { LifecycleWalk } from '../src/domain/lifecycle-walk.ts';

/** What activities do with bookings' workflows. Each is harmless when it is done twice. */
export interface LifecycleDoors {
  /** Leaves a walk alone that goes on already; says whether it started one. */
  startWalk(walk: LifecycleWalk): Promise<boolean>;
  /** Leaves a booking alone that has a workflow; says whether it started one. */
  startBooking(bookingId: string): Promise<boolean>;
  /** Has a booking's workflow read Postgres again, which ends it when the booking is gone; nothing when none runs. */
  refreshBooking(bookingId: string): Promise<void>;
  /** The workflows that run, of the bookings after one id up to another; null: to the last there is. */
  listRunning(after: string, upTo: string | null): Promise<RunningLifecycle[]>;
}
