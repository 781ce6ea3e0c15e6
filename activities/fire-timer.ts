import type { Database } from '../db/connect.ts';
import { fireTimer as fireStored } from '../db/fire-timer.ts';
import type { LifecycleReading } from '../src/domain/lifecycle-reading.ts';
import type { LifecycleState, TimerKind } from '../src/domain/lifecycle-timers.ts';

/** Does what a timer is for, unless the booking has moved on; gives how it stands then. */
export const fireTimer = (
  { db }: { db: Database },
  bookingId: string,
  kind: TimerKind,
  state: LifecycleState,
): Promise<LifecycleReading> => fireStored(db, bookingId, kind, state);
