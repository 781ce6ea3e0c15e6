import type { Database } from '../db/connect.ts';
import { findLostImports } from '../db/lost-imports.ts';
import type { ImportRound } from '../src/domain/import.ts';

export interface ReconcileDeps {
  db: Database;
  /** Leaves a round alone whose workflow runs, or has completed; says whether it started one. */
  startImport(round: ImportRound): Promise<boolean>;
}

// An upload starts its own workflow within 3 s of its commit, or gives up. The largest file is parsed within a minute.
const LOST_AFTER = { pendingSeconds: 10, silentSeconds: 120 };

/** Starts the workflows of imports that have none: their uploader died, or somebody terminated them. Gives how many. */
export async function startLostImports({ db, startImport }: ReconcileDeps): Promise<{ started: number }> {
  let started = 0;
  for (const round of await findLostImports(db, LOST_AFTER)) if (await startImport(round)) started += 1;
  return { started };
}
