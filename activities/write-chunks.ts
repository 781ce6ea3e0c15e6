import { ApplicationFailure } from '@temporalio/activity';
import type { Database, Tx } from '../db/connect.ts';
import { hasWrittenRows, writeChunk } from '../db/write-chunk.ts';
import type { WriteCounts } from '../src/domain/import.ts';
import { beating } from './beat.ts';
import type { ChunkRange } from './validate-chunks.ts';

// One row in a few that the database refuses is that row's fault; all of a chunk is the database's.
const SUSPICIOUS_ROWS = 25;

/**
 * Writes chunks from their stored verdicts, each exactly once in a transaction of its own; a second call counts what
 * the first one wrote. Non-retryable: `FENCED`; `DATABASE_REFUSES_ROWS` when a first chunk fails as a whole.
 */
export function writeChunks({ db }: { db: Database }, range: ChunkRange): Promise<WriteCounts> {
  return beating(async (stopIfCancelled) => {
    const total: WriteCounts = { created: 0, updated: 0, skipped: 0, failed: 0, warned: 0, refused: 0 };
    for (let chunk = range.first; chunk <= range.last; chunk += 1) {
      stopIfCancelled();
      const counts = await writeChunk(db, range, chunk, (made, tx) => refuseTotalLoss(made, tx, range.importId));
      for (const key of Object.keys(total) as (keyof WriteCounts)[]) total[key] += counts[key];
    }
    return total;
  });
}

async function refuseTotalLoss(counts: WriteCounts, tx: Tx, importId: string): Promise<void> {
  const written = counts.created + counts.updated + counts.skipped;
  if (counts.refused < SUSPICIOUS_ROWS || written > 0 || (await hasWrittenRows(tx, importId))) return;
  throw ApplicationFailure.nonRetryable(
    `the database refused all ${counts.refused} rows of a chunk, and none was written before; mend it, then resume`,
    'DATABASE_REFUSES_ROWS',
  );
}
