import type { ParsedFile } from '../activities/parse-file.ts';

/** A run of chunks that one activity takes. */
export interface ChunkWindow {
  first: number;
  /** inclusive */
  last: number;
  /** For the timeline. */
  label: string;
}

// An activity costs 14 ms of server and 8 ms of worker: 500 rows each made an import 2.9 × as slow as 5,000. A small
// file still wants several windows, so that validating and writing overlap.
const MOST_CHUNKS = 10;
const FEWEST_WINDOWS = 4;

export function windowsOf({ firstTail }: Pick<ParsedFile, 'firstTail'>): ChunkWindow[] {
  return cut(0, firstTail, Math.min(MOST_CHUNKS, Math.max(1, Math.ceil(firstTail / FEWEST_WINDOWS))));
}

/** The chunks of rows that repeat an external id: one window at a time, in the order of the file. */
export const tailWindows = ({ firstTail, chunks }: Pick<ParsedFile, 'firstTail' | 'chunks'>): ChunkWindow[] =>
  cut(firstTail, chunks, MOST_CHUNKS);

function cut(from: number, to: number, size: number): ChunkWindow[] {
  const windows: ChunkWindow[] = [];
  for (let first = from; first < to; first += size) {
    const last = Math.min(first + size, to) - 1;
    windows.push({ first, last, label: `chunks ${first}–${last} of ${to}` });
  }
  return windows;
}
