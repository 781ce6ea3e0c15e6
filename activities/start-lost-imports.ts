import { findLostImports } from '../db/lost-imports.ts';
import { type LineDeps, startWaitingImports } from './start-waiting-imports.ts';

// An upload starts its own workflow within 3 s of its commit, or gives up. The largest file is parsed within a minute.
const LOST_AFTER = { pendingSeconds: 10, silentSeconds: 120 };

/**
 * Starts the workflows of imports that have none: their uploader died, somebody terminated them, or their turn in line
 * has come and nobody saw it. Gives how many.
 */
export async function startLostImports(deps: LineDeps): Promise<{ started: number }> {
  let started = await startWaitingImports(deps);
  for (const round of await findLostImports(deps.db, LOST_AFTER)) if (await deps.startImport(round)) started += 1;
  return { started };
}
