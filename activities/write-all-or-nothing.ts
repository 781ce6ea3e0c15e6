import type { Database } from '../db/connect.ts';
import { getRoundTotals } from '../db/end-import.ts';
import { recordAllFaults, writeAll } from '../db/write-all.ts';
import type { ImportRun, WriteCounts } from '../src/domain/import.ts';
import { beating } from './beat.ts';

export interface WholeImport extends ImportRun {
  chunks: number;
}

/** Writes a whole import in one transaction; when a row fails after all, nothing but its fault is recorded. */
export function writeAllOrNothing({ db }: { db: Database }, { chunks, ...run }: WholeImport): Promise<WriteCounts> {
  return beating(async (stopIfCancelled) => {
    await writeAll(db, run, chunks, stopIfCancelled);
    return getRoundTotals(db, run);
  });
}

/** Records the faults of a whole import that is not written because of them. */
export function recordFaults({ db }: { db: Database }, { chunks: _, ...run }: WholeImport): Promise<WriteCounts> {
  return beating(async () => {
    await recordAllFaults(db, run);
    return getRoundTotals(db, run);
  });
}
