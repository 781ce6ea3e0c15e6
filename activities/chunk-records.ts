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
  let chunk = 0;
  async function* firsts(): AsyncGenerator<StagedRecord> {
    for await (const batch of batches) {
      for (const record of batch) repeatsId(record) ? repeats.push(record) : yield record;
      if (repeats.length > MAX_REPEATS) throw new FailureError({ code: 'FILE_TOO_COMPLEX', message: TOO_MANY_REPEATS });
    }
  }
  for await (const records of cut(firsts(), chunkRows)) yield { chunk: chunk++, tail: false, records };
  for await (const records of cut(repeats, chunkRows)) yield { chunk: chunk++, tail: true, records };
}

async function* cut(
  records: AsyncIterable<StagedRecord> | StagedRecord[],
  chunkRows: number,
): AsyncGenerator<StagedRecord[]> {
  let open: StagedRecord[] = [];
  let characters = 0;
  for await (const record of records) {
    open.push(record);
    for (const cell of record[2]) characters += 1 + cellText(cell).length;
    if (open.length < chunkRows && characters < MAX_CHUNK_CHARACTERS) continue;
    yield open;
    open = [];
    characters = 0;
  }
  if (open.length > 0) yield open;
}
