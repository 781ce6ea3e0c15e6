import { recordAction } from '../../db/admin-trail.ts';
import { beginRetry, cancelImport } from '../../db/end-import.ts';
import { undoImport } from '../../db/undo-import.ts';
import type { AdminAction } from '../domain/admin-trail.ts';
import { type Failure, fail, ok, type Result } from '../domain/failures.ts';
import { type ImportView, UNDO_DAYS } from '../domain/import.ts';
import type { Temporal } from '../temporal.ts';
import type { Handler } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
import { accepted, findNamed, getView, hasEnded, roundOf, startRound } from './import-views.ts';
import { reasonedActor } from './reasoned-actor.ts';
import { idempotencyKey, parseRequest } from './requests.ts';

/** A command's own call to Temporal may take this long. */
const COMMAND_MS = 5_000;
/** Nothing can be written any more when the workflow is told, so nobody needs to wait for it. */
const CANCEL_MS = 1_000;

/** Postgres first: from then on no chunk is written, whatever becomes of the workflow. */
export const cancel =
  (deps: ImportDeps): Handler =>
  async (req, res) => {
    const view = await findNamed(deps, req, res);
    if (!view.ok) return view;
    const actor = reasonedActor(req, res);
    if (!actor.ok) return actor;
    const { id } = view.value;
    const cancelled = await cancelImport(deps.db, id, actor.value);
    if (!cancelled.ok) return refused(deps, id, cancelled.failure);
    await deps.temporal.call((temporal) => temporal.imports.cancel(id, cancelled.value.round), CANCEL_MS);
    return ok({ body: await getView(deps, id) });
  };

/** What is not yet written is tried again, in a new round. */
export const retry =
  (deps: ImportDeps): Handler =>
  async (req, res) => {
    const view = await findNamed(deps, req, res);
    if (!view.ok) return view;
    const actor = reasonedActor(req, res);
    if (!actor.ok) return actor;
    const { id } = view.value;
    const begun = await beginRetry(deps.db, id, actor.value);
    if (!begun.ok) return refused(deps, id, begun.failure);
    await startRound(deps, await getView(deps, id));
    return accepted(deps, id);
  };

/** What it created and nobody has touched since is removed, and its lifecycles end. */
export const undo =
  (deps: ImportDeps): Handler =>
  async (req, res) => {
    const view = await findNamed(deps, req, res);
    if (!view.ok) return view;
    const key = parseRequest(idempotencyKey, req.get('idempotency-key'));
    if (!key.ok) return key;
    const actor = reasonedActor(req, res);
    if (!actor.ok) return actor;
    const { id } = view.value;
    const undone = await undoImport(deps.db, id, actor.value, key.value ?? null);
    if (!undone.ok) return refused(deps, id, undone.failure);
    const { round, fresh } = undone.value;
    // Without their bookings they can do no harm until a reconcile ends them.
    const walk = { importId: id, round, kind: 'end' } as const;
    if (fresh) await deps.temporal.call(({ walks }) => walks.start(walk), COMMAND_MS);
    return ok({ body: await getView(deps, id) });
  };

export const pause = (deps: ImportDeps): Handler =>
  signalling(deps, 'IMPORT_PAUSE_ASKED', async (temporal, view) =>
    ok(await temporal.imports.pause(view.id, roundOf(view))),
  );

export const resume = (deps: ImportDeps): Handler =>
  signalling(deps, 'IMPORT_RESUME_ASKED', (temporal, view) => temporal.imports.resume(view.id, roundOf(view)));

/** A command that only the running workflow can carry out. It is told before: then none is carried out untold. */
const signalling =
  (
    deps: ImportDeps,
    action: AdminAction['action'],
    command: (temporal: Temporal, view: ImportView) => Promise<Result<void>>,
  ): Handler =>
  async (req, res) => {
    const view = await findNamed(deps, req, res);
    if (!view.ok) return view;
    const { id } = view.value;
    if (hasEnded(view.value)) return refused(deps, id, ended(view.value));
    const actor = reasonedActor(req, res);
    if (!actor.ok) return actor;
    await recordAction(deps.db, actor.value, { action, kind: 'import', id });
    const called = await deps.temporal.call((temporal) => command(temporal, view.value), COMMAND_MS);
    const done = called.ok ? called.value : called;
    if (done.ok) return accepted(deps, id);
    // It may have ended just before it was asked, and then the workflow is gone: that is the better reason.
    const now = await getView(deps, id);
    return refused(deps, id, hasEnded(now) ? ended(now) : done.failure);
  };

const ended = ({ status }: ImportView) =>
  fail('IMPORT_ENDED', `The import has ended: it is ${status}.`, { detail: { status } }).failure;

/** A refusal says what is allowed instead. */
async function refused(deps: ImportDeps, id: string, failure: Failure): Promise<Result<never>> {
  const view = await getView(deps, id);
  return { ok: false, failure: { ...failure, detail: { ...failure.detail, allowed: allowedActions(view) } } };
}

function allowedActions(view: ImportView): string[] {
  if (!hasEnded(view)) return [view.phase === 'paused' ? 'resume' : 'pause', 'cancel'];
  const left = view.totalRows === 0 || view.failedRows > 0 || view.rows.notAttempted > 0;
  if (view.dryRun || view.undo) return [];
  const undoUntil = Date.parse(view.completedAt ?? '') + UNDO_DAYS * 86_400_000;
  return [...(left ? ['retry'] : []), ...(undoUntil > Date.now() ? ['undo'] : [])];
}
