import { patched } from '@temporalio/workflow';
import type { ParsedFile } from '../activities/parse-file.ts';

/** A run of chunks that one activity takes. */
export interface ChunkWindow {
  first: number;
  /** inclusive */
  last: number;
  /** For the timeline. */
  label: string;
}

// An activity costs 14 ms of server and 8 ms of worker: 500 rows each made an import 2.9 × as slow as 5,000, and 10,000
// take another twentieth off. A small file still wants several windows, so that validating and writing overlap.
const MOST_CHUNKS = 20;
const FEWEST_WINDOWS = 4;

/** An import that began before goes on in its windows of ten; when none of those runs or waits any more this can go. */
const mostChunks = (): number => (patched('windows-of-twenty') ? MOST_CHUNKS : 10);

export function windowsOf({ firstTail, chunks }: Pick<ParsedFile, 'firstTail' | 'chunks'>): ChunkWindow[] {
  return cut(
    { first: 0, end: firstTail, of: chunks },
    Math.min(mostChunks(), Math.max(1, Math.ceil(firstTail / FEWEST_WINDOWS))),
  );
}

/** The chunks of rows that repeat an external id: one window at a time, in the order of the file. */
export const tailWindows = ({ firstTail, chunks }: Pick<ParsedFile, 'firstTail' | 'chunks'>): ChunkWindow[] =>
  cut({ first: firstTail, end: chunks, of: chunks }, mostChunks());

interface Run {
  first: number;
  /** exclusive */
  end: number;
  of: number;
}

function cut({ first: from, end, of }: Run, size: number): ChunkWindow[] {
  const windows: ChunkWindow[] = [];
  for (let first = from; first < end; first += size) {
    const last = Math.min(first + size, end) - 1;
    windows.push({ first, last, label: labelOf(first + 1, last + 1, of) });
  }
  return windows;
}

/** For people, who count from one. */
const labelOf = (first: number, last: number, of: number): string =>
  first === last ? `chunk ${first} of ${of}` : `chunks ${first}–${last} of ${of}`;
