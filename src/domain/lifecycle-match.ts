import { isOver, type LifecycleState, nextDue } from './lifecycle-timers.ts';

/** A booking's workflow that runs, as Temporal lists it: what it last told of itself. Instants are ISO 8601. */
export interface RunningLifecycle {
  bookingId: string;
  startedAt: string;
  /** null: it has not had its first turn yet. */
  status: string | null;
  dealerCode: string | null;
  advisorId: string | null;
  importId: string | null;
  nextDue: string | null;
}

/** A booking as Postgres has it. */
export interface RecordedLifecycle {
  state: LifecycleState;
  /** It has something to wait for, and nobody is about to start its workflow. */
  isDue: boolean;
  /** Nothing has changed it for longer than a client repeats. */
  isQuiet: boolean;
}

export type Mending = 'start' | 'refresh' | 'end';

/** What would bring a booking and its workflow together again, or null. `now`: ms since the epoch. */
export function judgeLifecycle(
  booking: RecordedLifecycle | undefined,
  running: RunningLifecycle | undefined,
  now: number,
): Mending | null {
  if (booking && !booking.isQuiet) return null;
  if (!running) return booking?.isDue ? 'start' : null;
  if (!booking || isOver(booking.state, now)) return 'end';
  return running.status === null || isSame(booking.state, running, now) ? null : 'refresh';
}

function isSame(state: LifecycleState, running: RunningLifecycle, now: number): boolean {
  const due = nextDue(state, now);
  return (
    state.status === running.status &&
    state.dealerCode === running.dealerCode &&
    state.advisorId === running.advisorId &&
    (due && new Date(due.at).toISOString()) === running.nextDue
  );
}
