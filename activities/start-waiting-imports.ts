import type { Database } from '../db/connect.ts';
import { admitWaiting, findAdminOf, listWaitingAdmins } from '../db/import-line.ts';
import type { ImportCaps, ImportRound } from '../src/domain/import.ts';

export interface LineDeps {
  db: Database;
  importCaps: ImportCaps;
  /** Leaves a round alone whose workflow runs, or has completed; says whether it started one. */
  startImport(round: ImportRound): Promise<boolean>;
}

/** After an import gave up its place: starts the next of its admin's. A start that fails is made by the reconcile. */
export async function startNextInLine(deps: LineDeps, importId: string): Promise<void> {
  const adminId = await findAdminOf(deps.db, importId);
  if (adminId !== undefined) await startWaiting(deps, adminId);
}

/** Fills the places that nobody gave on: whoever had them died before it did. Gives how many were started. */
export async function startWaitingImports(deps: LineDeps): Promise<number> {
  let started = 0;
  for (const adminId of await listWaitingAdmins(deps.db)) started += await startWaiting(deps, adminId);
  return started;
}

async function startWaiting({ db, importCaps, startImport }: LineDeps, adminId: string): Promise<number> {
  const rounds = await admitWaiting(db, adminId, importCaps);
  const started = await Promise.all(rounds.map(startImport));
  return started.filter(Boolean).length;
}
