import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { uploadPath } from '../support/rest.ts';
import type { Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { writeBookingsFile } from './bookings-file.ts';
import { round } from './figures.ts';

const ROWS = 2_000;
/** In no step with blocks of calls that take turns every five seconds: each kind must meet as many imports. */
const EVERY_SECONDS = 7;

export interface Traffic {
  /** Ends it, and says what it was. */
  end(): Promise<{ rowsAnImport: number; everySeconds: number; startsPerSecond: number }>;
}

/** Imports go on, and with them starts of lifecycles at their set rate, until ended. Resolves once both do. */
export async function openTraffic(stack: Stack, directory: string): Promise<Traffic> {
  const stopping = new AbortController();
  const going = importOn(stack, directory, stopping.signal);
  // Whoever ends it hears of it.
  going.catch(() => {});
  await waitFor(async () => (await startedIn(stack)) > 0);
  const [began, before] = [performance.now(), await startedIn(stack)];
  return {
    end: async () => {
      const startsPerSecond = ((await startedIn(stack)) - before) / ((performance.now() - began) / 1000);
      stopping.abort();
      await going;
      return { rowsAnImport: ROWS, everySeconds: EVERY_SECONDS, startsPerSecond: round(startsPerSecond) };
    },
  };
}

async function importOn(stack: Stack, directory: string, stopping: AbortSignal): Promise<void> {
  for (let seed = 1; !stopping.aborted; seed += 1) {
    const file = join(directory, 'traffic.csv');
    await writeBookingsFile(file, { rows: ROWS, badPercent: 5, seed, prefix: `TRAFFIC${seed}` });
    await uploadPath(stack, file);
    await after(EVERY_SECONDS * 1_000, undefined, { signal: stopping }).catch(() => {});
  }
}

async function startedIn(stack: Stack): Promise<number> {
  const [found] = await stack.store.rows<{ n: number }>('select coalesce(sum(done), 0)::int as n from lifecycle_walks');
  return found?.n ?? 0;
}
