import type { Request, Response } from 'express';
import { findImport, findImportWithin } from '../../db/imports.ts';
import { fail, ok, type Result } from '../domain/failures.ts';
import type { ImportView } from '../domain/import.ts';
import type { ImportProgress } from '../temporal.ts';
import { callerIn } from './auth.ts';
import type { Answer } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
import { recently } from './recently.ts';
import { isImportId } from './requests.ts';

/** A worker that is alive answers a query within some 10 ms; a reader doesn't wait longer than this for one. */
const PROGRESS_MS = 500;
/** The rows are committed: a workflow that can't be started now is started by the reconcile. */
const START_MS = 2_000;

export const hasEnded = ({ status }: ImportView): boolean => status !== 'PENDING' && status !== 'PROCESSING';

/** The round is the last part of its workflow's id. */
export const roundOf = ({ workflowId }: ImportView): number =>
  Number(workflowId.slice(workflowId.lastIndexOf('-') + 1));

/** The import that a request's path names, if the caller may see it: another's is as if it weren't there. */
export async function findNamed({ db }: ImportDeps, req: Request, res: Response): Promise<Result<ImportView>> {
  const { id } = req.params;
  const view = isImportId(id) ? await findImportWithin(db, id, callerIn(res).dealers) : undefined;
  return view ? ok(view) : fail('IMPORT_NOT_FOUND', 'There is no such import, or it is not yours to see.');
}

/** The same, with its rows: IMPORT_EXPIRED when they were deleted. */
export async function findNamedWithRows(deps: ImportDeps, req: Request, res: Response): Promise<Result<ImportView>> {
  const view = await findNamed(deps, req, res);
  if (!view.ok || view.value.rowsExpiredAt === null) return view;
  const message = `The rows of this import were deleted on ${view.value.rowsExpiredAt}, after their retention time; its counts are kept.`;
  return fail('IMPORT_EXPIRED', message, { detail: { rowsExpiredAt: view.value.rowsExpiredAt } });
}

export async function getView(deps: ImportDeps, id: string): Promise<ImportView> {
  const view = await findImport(deps.db, id);
  if (!view) throw new Error(`the import ${id} that was just written is not there`);
  return view;
}

export async function accepted(deps: ImportDeps, id: string): Promise<Result<Answer>> {
  const headers = { Location: `/api/admin/bookings/imports/${id}` };
  return ok({ status: 202, headers, body: await getView(deps, id) });
}

/** Starts the workflow of an import's round. Temporal being away is no failure of the request: a reconcile mends it. */
export async function startRound(deps: ImportDeps, view: ImportView): Promise<void> {
  const round = roundOf(view);
  const started = await deps.temporal.call((temporal) => temporal.imports.start(view.id, round), START_MS);
  if (!started.ok) deps.log.warn({ importId: view.id, round }, 'the import is stored; its workflow starts later');
}

// A query costs the worker and Temporal some 10 ms, taken from the import that is asked about.
const askProgress = recently<Result<ImportProgress | undefined>>(300);

/** With what its workflow knows, if it runs and a worker answers; else as Postgres has it. */
export async function withProgress(deps: ImportDeps, view: ImportView): Promise<ImportView> {
  if (view.status !== 'PROCESSING') return view;
  const round = roundOf(view);
  const answered = await askProgress(view.workflowId, () =>
    deps.temporal.call((temporal) => temporal.imports.progress(view.id, round, PROGRESS_MS), PROGRESS_MS),
  );
  if (!answered.ok || !answered.value) return view;
  // It ended between the two reads: what Postgres says now is the end.
  if (answered.value.phase === 'done') return getView(deps, view.id);
  return merged(view, answered.value);
}

/**
 * What only the workflow knows. The counts stay Postgres's: it is ahead of the workflow by the chunks of a window that
 * isn't reported yet, and counts all rounds, so that the numbers of successive answers never go back.
 */
function merged(view: ImportView, { phase, reason, totalRows, ...pace }: ImportProgress): ImportView {
  const { rowsPerSecond, etaSeconds } = pace;
  const lastProgressAt = pace.lastProgressAt ?? view.progress.lastProgressAt;
  return {
    ...view,
    phase,
    reason: reason ?? view.reason,
    totalRows: Math.max(view.totalRows, totalRows),
    progress: { rowsPerSecond, etaSeconds, lastProgressAt },
  };
}
