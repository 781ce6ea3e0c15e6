import { setTimeout as after } from 'node:timers/promises';

/** Acts in flight: twenty keep Temporal busy, and more only wait there. */
const LANES = 20;
/** What a stall made late is caught up at this many times the rate. */
const CATCH_UP = 2;

export interface Pace {
  perSecond: number;
  /** Until the first one's turn. */
  waitMs: number;
}

/**
 * Acts on one after the other, evenly, and on what is late no faster than twice the rate: whatever comes in a burst is
 * what somebody's status change would wait for. Once one has failed none is begun any more.
 */
export async function inTime<T>(
  items: T[],
  { perSecond, waitMs }: Pace,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const gapMs = 1_000 / perSecond;
  const begin = Date.now() + waitMs;
  const queue = items.map((item, n) => ({ item, dueAt: begin + n * gapMs }));
  let isOver = false;
  let freeAt = 0;
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const now = Date.now();
      const at = Math.max(now, next.dueAt, freeAt);
      freeAt = at + gapMs / CATCH_UP;
      if (at > now) await after(at - now);
      if (isOver) return;
      await act(next.item);
    }
  };
  const lanes = Array.from({ length: Math.min(LANES, items.length) }, lane);
  await Promise.all(lanes).finally(() => {
    isOver = true;
  });
}
