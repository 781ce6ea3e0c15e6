import type { Database } from '../db/connect.ts';
import { findLostImports } from '../db/lost-imports.ts';
import type { ImportRound } from '../src/domain/import.ts';

export interface ReconcileDeps {
  db: Database;
  /** Leaves a round alone whose workflow runs, or has run. */
  startImport(round: ImportRound): Promise<void>;
}

// An upload starts its own workflow within 3 s of its commit, or gives up.
const GRACE_SECONDS = 10;

/** Starts the workflows of imports whose uploader could not. Gives how many. */
export async function startLostImports({ db, startImport }: ReconcileDeps): Promise<{ started: number }> {
  const lost = await findLostImports(db, GRACE_SECONDS);
  for (const round of lost) await startImport(round);
  return { started: lost.length };
}
