import type { Database } from '../db/connect.ts';
import {
  advanceWalk,
  findWalk,
  finishWalk,
  readWalkPage,
  takeTurns,
  type WalkedBooking,
} from '../db/lifecycle-walks.ts';
import type { LifecycleWalk, WalkState } from '../src/domain/lifecycle-walk.ts';
import { beating, type StopIfCancelled } from './beat.ts';
import { inTime } from './in-time.ts';
import type { LifecycleDoors } from './lifecycle-doors.ts';

export interface WalkDeps {
  db: Database;
  lifecycles: LifecycleDoors;
  /** Of all walks together, over all processes. */
  lifecycleStartsPerSecond: number;
}

/** An activity costs a history three events: one a minute keeps that of 100,000 bookings short. */
const PORTION_MS = 60_000;
/** What a crash repeats, and what is known of the progress, is one second's work. */
const MOST_A_PAGE = 200;

/**
 * Starts, or ends, the lifecycles of an import's bookings from where the last call stopped, evenly over the time and
 * no faster than the rate; gives how far it came after a minute, or at the end. The position is kept in Postgres.
 */
export function walkLifecycles(deps: WalkDeps, walk: LifecycleWalk): Promise<WalkState> {
  const { db, lifecycleStartsPerSecond: rate } = deps;
  const until = Date.now() + PORTION_MS;
  const pageSize = Math.max(1, Math.min(MOST_A_PAGE, Math.floor(rate)));
  return beating(async (stopIfCancelled) => {
    for (;;) {
      const state = await findWalk(db, walk);
      if (!state) return { due: 0, done: 0, afterRow: 0, finished: true };
      if (state.finished || Date.now() > until) return state;
      const page = await readWalkPage(db, walk, state.afterRow, pageSize);
      if (page.length === 0) return finishWalk(db, walk);
      await walkPage(deps, walk, page, stopIfCancelled);
      // Another hand on the same walk has done the same, harmlessly; its position is the one that counts.
      await advanceWalk(db, walk, state.afterRow, page);
    }
  });
}

async function walkPage(
  { db, lifecycles, lifecycleStartsPerSecond: rate }: WalkDeps,
  { kind }: LifecycleWalk,
  page: WalkedBooking[],
  stopIfCancelled: StopIfCancelled,
): Promise<void> {
  const act = kind === 'start' ? lifecycles.startBooking : lifecycles.refreshBooking;
  await inTime(page, { perSecond: rate, waitMs: await takeTurns(db, page.length, rate) }, async ({ id }) => {
    stopIfCancelled();
    await act(id);
  });
}
