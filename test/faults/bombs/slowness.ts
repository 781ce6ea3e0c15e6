import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from '../../../src/readers/inspect.ts';
import { HONEST_BYTES, honestSheet } from './zip-bombs.ts';

/** What two busy cores read; a workbook's limits are chosen by it. */
const BYTES_A_SECOND = 25e6;

/** How many times as long as on those two cores an honest workbook takes on this machine just now; 1 at least. */
export async function slowness(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'booking-import-honest-'));
  try {
    const path = join(directory, 'honest.xlsx');
    await writeFile(path, honestSheet());
    // The first reading compiles the reader, as a stack's first file does.
    await secondsToRead(path);
    return Math.max(1, (await secondsToRead(path)) / (HONEST_BYTES / BYTES_A_SECOND));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function secondsToRead(path: string): Promise<number> {
  const began = performance.now();
  await inspect({ path, options: {}, sampleRows: 1, countAll: true });
  return (performance.now() - began) / 1000;
}
