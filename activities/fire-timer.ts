import type { Database } from '../db/connect.ts';
import { fireTimer as fireStored } from '../db/fire-timer.ts';
import type { LifecycleState, TimerKind } from '../src/domain/lifecycle-timers.ts';

/** Does what a timer is for, unless the booking has moved on; gives how it stands then, null when it is gone. */
export const fireTimer = async (
  { db }: { db: Database },
  bookingId: string,
  kind: TimerKind,
  state: LifecycleState,
): Promise<LifecycleState | null> => (await fireStored(db, bookingId, kind, state)) ?? null;
