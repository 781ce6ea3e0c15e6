import type { ImportRun, WriteCounts } from '../src/domain/import.ts';
import type { Database, Tx } from './connect.ts';
import { joinWriters } from './fence.ts';
import { oneRow, withTransaction } from './query.ts';

/**
 * Writes one chunk from its stored verdict, exactly once, in a transaction of its own: bookings, audit, errors, skips
 * and the ledger row that proves it. A second call answers from the ledger. Rejects with `FENCED` after a cancel.
 * Rows whose database refuses them fail alone; `accept` may still refuse the whole, which rolls it back.
 */
export function writeChunk(
  db: Database,
  run: ImportRun,
  chunk: number,
  accept: (counts: WriteCounts, tx: Tx) => Promise<void>,
): Promise<WriteCounts> {
  return withTransaction(db, async (tx) => {
    await joinWriters(tx, run.importId);
    const counts = await writeChunkWithin(tx, run, chunk);
    await accept(counts, tx);
    return counts;
  });
}

/** The same within the caller's transaction, which has joined the writers. */
export const writeChunkWithin = (tx: Tx, run: ImportRun, chunk: number): Promise<WriteCounts> =>
  oneRow<WriteCounts>(tx, 'select * from write_chunk($1, $2, $3, $4)', [run.importId, run.round, chunk, run.epoch]);

/** Whether any row of the import is in the database. */
export async function hasWrittenRows(tx: Tx, importId: string): Promise<boolean> {
  const { found } = await oneRow<{ found: boolean }>(
    tx,
    `select exists (select from booking_import_ledger where import_id = $1 and created + updated + skipped > 0) as found`,
    [importId],
  );
  return found;
}
