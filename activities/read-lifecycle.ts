import type { Database } from '../db/connect.ts';
import { findLifecycleState } from '../db/lifecycle-state.ts';
import type { LifecycleState } from '../src/domain/lifecycle-timers.ts';

/** How the booking stands in Postgres; null when it is gone. */
export const readLifecycle = async ({ db }: { db: Database }, bookingId: string): Promise<LifecycleState | null> =>
  (await findLifecycleState(db, bookingId)) ?? null;
