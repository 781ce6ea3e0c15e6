import type { Database } from '../db/connect.ts';
import { readLifecycle as readStored } from '../db/lifecycle-state.ts';
import type { LifecycleReading } from '../src/domain/lifecycle-reading.ts';

/** How the booking stands in Postgres. */
export const readLifecycle = ({ db }: { db: Database }, bookingId: string): Promise<LifecycleReading> =>
  readStored(db, bookingId);
