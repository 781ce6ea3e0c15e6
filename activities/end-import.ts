import type { Database } from '../db/connect.ts';
import { abandonRound, endRound } from '../db/end-import.ts';
import { markPaused, markResumed } from '../db/pause-import.ts';
import type { ImportReason, ImportRound } from '../src/domain/import.ts';

interface Deps {
  db: Database;
}

export interface FinishedImport {
  outcome: 'COMPLETED' | 'FAILED';
  code: string | null;
}

/** Closes a round that ran through. `ROWS_FAILED`: all or nothing was wanted, and it is nothing. */
export async function finishImport(
  { db }: Deps,
  round: ImportRound,
  failure: 'ROWS_FAILED' | null,
): Promise<FinishedImport> {
  if (failure === null) {
    await endRound(db, round, { status: 'COMPLETED' });
    return { outcome: 'COMPLETED', code: null };
  }
  const message =
    'some rows are wrong, and all or nothing was asked for: nothing was written; mend the rows, or import partially';
  await endRound(db, round, { status: 'FAILED', code: failure, message });
  return { outcome: 'FAILED', code: failure };
}

/** Closes a round that can't go on. */
export const failImport = ({ db }: Deps, round: ImportRound, { code, message }: ImportReason): Promise<void> =>
  endRound(db, round, { status: 'FAILED', code, message });

/** Cancels the import of a workflow that was cancelled in Temporal. */
export const abandonImport = ({ db }: Deps, round: ImportRound): Promise<void> => abandonRound(db, round);

export const pauseImport = ({ db }: Deps, round: ImportRound, reason: ImportReason): Promise<void> =>
  markPaused(db, round, reason);

export const resumeImport = ({ db }: Deps, round: ImportRound): Promise<void> => markResumed(db, round);
