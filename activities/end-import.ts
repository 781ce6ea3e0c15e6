import { abandonRound, endRound, type ImportEnd } from '../db/end-import.ts';
import { findWalk } from '../db/lifecycle-walks.ts';
import { markPaused, markResumed } from '../db/pause-import.ts';
import type { ImportReason, ImportRound } from '../src/domain/import.ts';
import type { LifecycleWalk } from '../src/domain/lifecycle-walk.ts';
import { type DeliveryDeps, deliverOpen } from './deliver-notifications.ts';
import type { LifecycleDoors } from './lifecycle-doors.ts';
import { type LineDeps, startNextInLine } from './start-waiting-imports.ts';

interface Deps extends DeliveryDeps, LineDeps {
  lifecycles: Pick<LifecycleDoors, 'startWalk'>;
}

export interface FinishedImport {
  outcome: 'COMPLETED' | 'FAILED';
  code: string | null;
}

/** Closes a round that ran through. `ROWS_FAILED`: all or nothing was wanted, and it is nothing. */
export async function finishImport(
  deps: Deps,
  round: ImportRound,
  failure: 'ROWS_FAILED' | null,
): Promise<FinishedImport> {
  if (failure === null) {
    await close(deps, round, { status: 'COMPLETED' });
    return { outcome: 'COMPLETED', code: null };
  }
  const message =
    'some rows are wrong, and all or nothing was asked for: nothing was written; mend the rows, or import partially';
  await close(deps, round, { status: 'FAILED', code: failure, message });
  return { outcome: 'FAILED', code: failure };
}

/** Closes a round that can't go on. */
export const failImport = (deps: Deps, round: ImportRound, { code, message }: ImportReason): Promise<void> =>
  close(deps, round, { status: 'FAILED', code, message });

/** Cancels the import of a workflow that was cancelled in Temporal. */
export async function abandonImport(deps: Deps, round: ImportRound): Promise<void> {
  await abandonRound(deps.db, round);
  await followUp(deps, round);
}

async function close(deps: Deps, round: ImportRound, end: ImportEnd): Promise<void> {
  await endRound(deps.db, round, end);
  await followUp(deps, round);
}

/**
 * However it ended: the next in line is started, what it has written lives, and its advisors are told. Should this fail,
 * a reconcile does it.
 */
async function followUp(deps: Deps, round: ImportRound): Promise<void> {
  await startNextInLine(deps, round.importId).catch(() => undefined);
  const walk: LifecycleWalk = { ...round, kind: 'start' };
  const state = await findWalk(deps.db, walk);
  if (state && !state.finished) await deps.lifecycles.startWalk(walk).catch(() => false);
  await deliverOpen(deps, { importId: round.importId }).catch(() => undefined);
}

/** Who is paused gives up its place in line. */
export async function pauseImport(deps: Deps, round: ImportRound, reason: ImportReason): Promise<void> {
  await markPaused(deps.db, round, reason);
  await startNextInLine(deps, round.importId).catch(() => undefined);
}

export const resumeImport = ({ db }: Deps, round: ImportRound): Promise<void> => markResumed(db, round);
