import type { ImportView } from '../domain/import.ts';
import type { Api } from './api.ts';
import { type Problem, ProblemError, problemOf } from './problem.ts';
import { readEvents } from './read-events.ts';

/** The server says something every 15 s at least: after this long the connection is dead, whatever it looks like. */
const SILENCE_MS = 40_000;
const RETRY_MS = 1_000;

export interface Watcher {
  onView(view: ImportView): void;
  /** Null when the connection is there, else why it isn't. */
  onConnection(problem: Problem | null): void;
  signal: AbortSignal;
}

export const hasEnded = ({ status }: ImportView): boolean => status !== 'PENDING' && status !== 'PROCESSING';

/**
 * Follows an import to its end, or until the signal. Each round asks once, so that the page also moves where the events
 * don't get through, and then listens; a broken connection begins the next round.
 */
export async function followImport(api: Api, id: string, watcher: Watcher): Promise<void> {
  while (!watcher.signal.aborted) {
    try {
      const view = await api.get(id);
      if (watcher.signal.aborted) return;
      watcher.onConnection(null);
      watcher.onView(view);
      if (hasEnded(view) || (await listen(api, id, watcher))) return;
    } catch (error) {
      if (watcher.signal.aborted) return;
      watcher.onConnection(problemOf(error));
      if (isFinal(error)) return;
    }
    await pause(RETRY_MS, watcher.signal);
  }
}

/** True when the import ended while listening. */
async function listen(api: Api, id: string, { onView, signal }: Watcher): Promise<boolean> {
  const dead = new AbortController();
  let timer = setTimeout(() => dead.abort(), SILENCE_MS);
  try {
    const body = await api.progress(id, AbortSignal.any([signal, dead.signal]));
    for await (const data of readEvents(body)) {
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), SILENCE_MS);
      if (data === null) continue;
      const view = JSON.parse(data) as ImportView;
      onView(view);
      if (hasEnded(view)) return true;
    }
    return false;
  } catch (error) {
    // A refusal is told; a stream that broke is what the next round is for.
    if (error instanceof ProblemError && !signal.aborted) throw error;
    return false;
  } finally {
    clearTimeout(timer);
    dead.abort();
  }
}

/** Not the import's or not this caller's: no use in asking again. */
function isFinal(error: unknown): boolean {
  const status = error instanceof ProblemError ? error.problem.status : 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
