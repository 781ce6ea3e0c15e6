import type { ImportRun } from '../src/domain/import.ts';
import type { Database, Tx } from './connect.ts';
import { joinWriters } from './fence.ts';
import { oneRow, rows, withTransaction } from './query.ts';
import { writeChunkWithin } from './write-chunk.ts';

class Refused extends Error {}

/**
 * Writes all chunks in one transaction, or none: when a row fails after all, everything is rolled back, and only the
 * faults are recorded. Gives the number of rows that failed. `beat` is called between chunks.
 */
export async function writeAll(db: Database, run: ImportRun, chunks: number, beat: () => void): Promise<number> {
  let faults: unknown[] = [];
  try {
    await withTransaction(db, async (tx) => {
      await joinWriters(tx, run.importId);
      let failed = 0;
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        failed += Math.max(0, (await writeChunkWithin(tx, run, chunk)).failed);
        beat();
      }
      if (failed === 0) return;
      faults = await openFaults(tx, run);
      throw new Refused();
    });
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  return recordLateFaults(db, run, faults);
}

const openFaults = (tx: Tx, run: ImportRun): Promise<object[]> =>
  rows(
    tx,
    `select e.id, e.row_number as "row", e.raw_row as raw, e.error_message as message, e.error_type as type,
       e.field_errors as faults
     from booking_import_errors e where e.import_id = $1 and e.round = $2 and e.resolved_round is null`,
    [run.importId, run.round],
  );

// What failed only when it was written goes beside the chunk's verdict, as if the rules had found it.
function recordLateFaults(db: Database, run: ImportRun, faults: unknown[]): Promise<number> {
  return withTransaction(db, async (tx) => {
    await joinWriters(tx, run.importId);
    await oneRow(tx, 'select from fenced_import($1, $2)', [run.importId, run.epoch]);
    await rows(
      tx,
      `with late as (select f, (f ->> 'row')::int as number from json_array_elements($3::json) f)
       update booking_import_chunks c set errors = (
         select json_agg(late.f) from late
         where late.number in (select (r ->> 0)::int from json_array_elements(c.raw) r))
       where c.import_id = $1 and c.round = $2 and exists (
         select from late where late.number in (select (r ->> 0)::int from json_array_elements(c.raw) r))`,
      [run.importId, run.round, JSON.stringify(faults)],
    );
    return recordWithin(tx, run);
  });
}

/** Records the faults of all chunks without writing a row, and gives their number. */
export function recordAllFaults(db: Database, run: ImportRun): Promise<number> {
  return withTransaction(db, async (tx) => {
    await joinWriters(tx, run.importId);
    return recordWithin(tx, run);
  });
}

async function recordWithin(tx: Tx, run: ImportRun): Promise<number> {
  const { failed } = await oneRow<{ failed: number }>(
    tx,
    `select coalesce(sum(record_chunk_faults(import_id, round, chunk, $3)), 0)::int as failed
     from booking_import_chunks where import_id = $1 and round = $2`,
    [run.importId, run.round, run.epoch],
  );
  return failed;
}
