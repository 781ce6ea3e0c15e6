import type { LifecycleState } from './lifecycle-timers.ts';

/** What a booking's workflow learns each time that it looks, or does something. */
export interface LifecycleReading {
  /** null: the booking is gone. */
  state: LifecycleState | null;
  /** How many of its notifications wait to be delivered. */
  untold: number;
}
