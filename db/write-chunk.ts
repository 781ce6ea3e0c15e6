import type { ImportRun, WriteCounts } from '../src/domain/import.ts';
import type { Database, Tx } from './connect.ts';
import { oneRow, prepared } from './query.ts';

// One row in a few that the database refuses is that row's fault; all of a chunk is the database's.
const SUSPICIOUS_ROWS = 25;

/** The SQLSTATE of a first chunk that the database refused as a whole. */
export const REFUSES_ROWS = 'BK002';

/**
 * Writes one chunk from its stored verdict, exactly once, in a transaction of its own: bookings, audit, errors, skips
 * and the ledger row that proves it. A second call answers from the ledger. Rejects with `FENCED` after a cancel.
 * Rows whose database refuses them fail alone; a first chunk without any other rejects with `REFUSES_ROWS`.
 */
export function writeChunk(db: Database, run: ImportRun, chunk: number): Promise<WriteCounts> {
  return oneRow<WriteCounts>(db, WRITE_ALONE, [run.importId, run.round, chunk, run.epoch, SUSPICIOUS_ROWS]);
}

const WRITE_ALONE = prepared('write_chunk_alone', 'select * from write_chunk_alone($1, $2, $3, $4, $5)');

/** The same within the caller's transaction, which has joined the writers. */
export const writeChunkWithin = (tx: Tx, run: ImportRun, chunk: number): Promise<WriteCounts> =>
  oneRow<WriteCounts>(tx, 'select * from write_chunk($1, $2, $3, $4)', [run.importId, run.round, chunk, run.epoch]);
