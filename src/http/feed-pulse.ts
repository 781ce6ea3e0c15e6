import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../../db/connect.ts';
import { findFeedHead } from '../../db/notification-feed.ts';

/** Tells the streams of this process when there is something new in the feed. */
export interface FeedPulse {
  /** The newest place that was seen; empty while nobody waits. */
  head(): string;
  /** Resolves when the feed has moved past `place`, when `ms` have passed, or at `signal`. */
  beyond(place: string, ms: number, signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 250;

/**
 * One look at the feed's end for all streams, four times a second while there are any: one step down an index. LISTEN
 * would save an eighth of a second, and cost a connection that breaks unnoticed, can't go through a pooler, and makes
 * every delivery's commit queue for Postgres's one notification lock.
 */
export function createFeedPulse({ db, log }: { db: Database; log: Logger }): FeedPulse {
  const waiting = new Set<() => void>();
  let head = '';
  let looking = false;
  const look = async () => {
    looking = true;
    for (; waiting.size > 0; await sleep(LOOK_MS)) {
      const found = await findFeedHead(db).catch((err) => void log.debug({ err }, 'the feed cannot be looked at'));
      // Streams outlive a database that is away.
      if (found === undefined || found === head) continue;
      head = found;
      for (const wake of waiting) wake();
    }
    looking = false;
  };
  return {
    head: () => head,
    beyond: async (place, ms, signal) => {
      if (head > place || signal.aborted) return;
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        signal.addEventListener('abort', wake);
        waiting.add(wake);
        if (!looking) void look();
      });
    },
  };
}
