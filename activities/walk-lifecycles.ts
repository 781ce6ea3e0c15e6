import { setTimeout as after } from 'node:timers/promises';
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
/** Starts in flight: twenty keep Temporal busy, and more only wait there. */
const LANES = 20;

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
  await inTime(page, await takeTurns(db, page.length, rate), rate, async ({ id }) => {
    stopIfCancelled();
    await act(id);
  });
}

/** Takes one after the other, evenly: whatever comes in a burst is what somebody's status change would wait for. */
export async function inTime<T>(
  items: T[],
  waitMs: number,
  perSecond: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const begin = Date.now() + waitMs;
  const queue = items.map((item, n) => ({ item, at: begin + (n * 1000) / perSecond }));
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const early = next.at - Date.now();
      if (early > 0) await after(early);
      await act(next.item);
    }
  };
  const lanes = Array.from({ length: Math.min(LANES, items.length) }, lane);
  // Whoever fails takes the rest with it.
  await Promise.all(lanes).finally(() => queue.splice(0));
}
