import { inspect } from '../../../src/readers/inspect.ts';
import { fileOf } from '../../readers/reading.ts';
import { HONEST_BYTES, honestSheet } from './zip-bombs.ts';

/** What two busy cores read; a workbook's limits are chosen by it. */
const BYTES_A_SECOND = 25e6;

/** How many times as long as on those two cores an honest workbook takes on this machine just now; 1 at least. */
export async function slowness(): Promise<number> {
  const path = fileOf(honestSheet());
  // The first reading compiles the reader.
  await secondsToRead(path);
  return Math.max(1, (await secondsToRead(path)) / (HONEST_BYTES / BYTES_A_SECOND));
}

async function secondsToRead(path: string): Promise<number> {
  const began = performance.now();
  await inspect({ path, options: {}, sampleRows: 1, countAll: true });
  return (performance.now() - began) / 1000;
}
