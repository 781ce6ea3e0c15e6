import type { Database } from '../db/connect.ts';
import { writeChunk } from '../db/write-chunk.ts';
import type { WriteCounts } from '../src/domain/import.ts';
import { beating } from './beat.ts';
import type { ChunkRange } from './validate-chunks.ts';

/**
 * Writes chunks from their stored verdicts, each exactly once in a transaction of its own; a second call counts what
 * the first one wrote. Non-retryable: `FENCED`; `DATABASE_REFUSES_ROWS` when a first chunk fails as a whole.
 */
export function writeChunks({ db }: { db: Database }, range: ChunkRange): Promise<WriteCounts> {
  return beating(async (stopIfCancelled) => {
    const total: WriteCounts = { created: 0, updated: 0, skipped: 0, failed: 0, warned: 0, refused: 0 };
    for (let chunk = range.first; chunk <= range.last; chunk += 1) {
      stopIfCancelled();
      const counts = await writeChunk(db, range, chunk);
      for (const key of Object.keys(total) as (keyof WriteCounts)[]) total[key] += counts[key];
    }
    return total;
  });
}
