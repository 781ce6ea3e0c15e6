import type { StagedChunk, StagedRecord } from '../db/staging.ts';
import { FailureError } from '../src/domain/failures.ts';
import { cellText } from '../src/domain/record.ts';

// 500 rows of a thousand long cells would be hundreds of MB at once in three places, and a character that must be
// escaped becomes four on the way; no real chunk comes near.
const MAX_CHUNK_CHARACTERS = 1_000_000;
// They wait in memory: a million of them took 300 MB.
const MAX_REPEATS = 100_000;
const TOO_MANY_REPEATS = `more than ${MAX_REPEATS} rows have an external_id that an earlier row has; is that column mapped rightly?`;

/**
 * Cuts records into chunks. A record that repeats an external id of an earlier one goes into the tail, behind all
 * others: chunks are written side by side, and still the lowest row of a duplicate must win.
 */
export async function* chunkRecords(
  batches: AsyncIterable<StagedRecord[]>,
  { chunkRows, repeatsId }: { chunkRows: number; repeatsId: (record: StagedRecord) => boolean },
): AsyncGenerator<StagedChunk> {
  const repeats: StagedRecord[] = [];
  const open = openChunk(chunkRows);
  let chunk = 0;
  for await (const batch of batches) {
    const firsts: StagedRecord[] = [];
    for (const record of batch) (repeatsId(record) ? repeats : firsts).push(record);
    if (repeats.length > MAX_REPEATS) throw new FailureError({ code: 'FILE_TOO_COMPLEX', message: TOO_MANY_REPEATS });
    for (const records of open.fill(firsts)) yield { chunk: chunk++, tail: false, records };
  }
  for (const records of open.rest()) yield { chunk: chunk++, tail: false, records };
  for (const records of open.fill(repeats)) yield { chunk: chunk++, tail: true, records };
  for (const records of open.rest()) yield { chunk: chunk++, tail: true, records };
}

/**
 * A chunk that is filled batch by batch and taken whenever it is full. Not a stream of records: a promise for each, which
 * the SDK's context follows, took an eighth of the time that reading a file takes.
 */
function openChunk(chunkRows: number) {
  let open: StagedRecord[] = [];
  let characters = 0;
  function take(): StagedRecord[] {
    const records = open;
    open = [];
    characters = 0;
    return records;
  }
  return {
    *fill(records: StagedRecord[]): Generator<StagedRecord[]> {
      for (const record of records) {
        open.push(record);
        for (const cell of record[2]) characters += 1 + cellText(cell).length;
        if (open.length === chunkRows || characters >= MAX_CHUNK_CHARACTERS) yield take();
      }
    },
    *rest(): Generator<StagedRecord[]> {
      if (open.length > 0) yield take();
    },
  };
}
