import { admitWaiting } from '../../db/import-line.ts';
import type { ImportView } from '../domain/import.ts';
import type { ImportDeps } from './import-deps.ts';
import { getView, startRound } from './import-views.ts';

/** Starts a round that has a place; one that waits in line gives a place that has become free to the first of it. */
export async function startOrQueue(deps: ImportDeps, view: ImportView): Promise<void> {
  if (view.queuePosition === null) await startRound(deps, view);
  else await startNextInLine(deps, view.adminId);
}

/** Starts those of an admin's waiting imports for which there is a place. */
export async function startNextInLine(deps: ImportDeps, adminId: string): Promise<void> {
  const rounds = await admitWaiting(deps.db, adminId, deps.importCaps);
  await Promise.all(rounds.map(async ({ importId }) => startRound(deps, await getView(deps, importId))));
}
