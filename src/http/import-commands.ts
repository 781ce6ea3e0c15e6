import { recordAction } from '../../db/admin-trail.ts';
import { beginRetry, cancelImport } from '../../db/end-import.ts';
import { leavePause } from '../../db/import-line.ts';
import { markPaused } from '../../db/pause-import.ts';
import { undoImport } from '../../db/undo-import.ts';
import type { AdminAction } from '../domain/admin-trail.ts';
import { type Failure, fail, ok, type Result } from '../domain/failures.ts';
import { type ImportView, UNDO_DAYS } from '../domain/import.ts';
import type { Temporal } from '../temporal.ts';
import type { Handler } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
import { startNextInLine, startOrQueue } from './import-line.ts';
import { accepted, findNamed, getView, hasEnded, roundOf } from './import-views.ts';
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
    await startNextInLine(deps, view.value.adminId);
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
    const begun = await beginRetry(deps.db, id, { actor: actor.value, caps: deps.importCaps });
    if (!begun.ok) return refused(deps, id, begun.failure);
    await startOrQueue(deps, await getView(deps, id));
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
  signalling(deps, 'IMPORT_PAUSE_ASKED', (view) =>
    tell(deps, async ({ imports }) => ok(await imports.pause(view.id, roundOf(view)))),
  );

/** Its place first: of two that are resumed at once only one may take the last. */
export const resume = (deps: ImportDeps): Handler =>
  signalling(deps, 'IMPORT_RESUME_ASKED', async (view) => {
    const round = { importId: view.id, round: roundOf(view) };
    const left = await leavePause(deps.db, round, deps.importCaps);
    if (!left.ok) return left;
    const told = await tell(deps, ({ imports }) => imports.resume(round.importId, round.round));
    // Nobody was told, so it waits on.
    if (!told.ok && told.failure.code === 'TEMPORAL_UNAVAILABLE' && left.value)
      await markPaused(deps.db, round, left.value);
    return told;
  });

async function tell(deps: ImportDeps, use: (temporal: Temporal) => Promise<Result<void>>): Promise<Result<void>> {
  const called = await deps.temporal.call(use, COMMAND_MS);
  return called.ok ? called.value : called;
}

/** A command that only the running workflow can carry out. It is told before: then none is carried out untold. */
const signalling =
  (deps: ImportDeps, action: AdminAction['action'], command: (view: ImportView) => Promise<Result<void>>): Handler =>
  async (req, res) => {
    const view = await findNamed(deps, req, res);
    if (!view.ok) return view;
    const { id } = view.value;
    if (hasEnded(view.value)) return refused(deps, id, ended(view.value));
    if (view.value.queuePosition !== null) return refused(deps, id, waits().failure);
    const actor = reasonedActor(req, res);
    if (!actor.ok) return actor;
    await recordAction(deps.db, actor.value, { action, kind: 'import', id });
    const done = await command(view.value);
    if (done.ok) return accepted(deps, id);
    // It may have ended just before it was asked, and then the workflow is gone: that is the better reason.
    const now = await getView(deps, id);
    return refused(deps, id, hasEnded(now) ? ended(now) : done.failure);
  };

const waits = () => fail('IMPORT_WAITING', 'The import waits in line: it has not begun yet.');

const ended = ({ status }: ImportView) =>
  fail('IMPORT_ENDED', `The import has ended: it is ${status}.`, { detail: { status } }).failure;

/** A refusal says what is allowed instead. */
async function refused(deps: ImportDeps, id: string, failure: Failure): Promise<Result<never>> {
  const view = await getView(deps, id);
  return { ok: false, failure: { ...failure, detail: { ...failure.detail, allowed: allowedActions(view) } } };
}

function allowedActions(view: ImportView): string[] {
  if (view.queuePosition !== null) return ['cancel'];
  if (!hasEnded(view)) return [view.phase === 'paused' ? 'resume' : 'pause', 'cancel'];
  const left = view.totalRows === 0 || view.failedRows > 0 || view.rows.notAttempted > 0;
  if (view.dryRun || view.undo) return [];
  const undoUntil = Date.parse(view.completedAt ?? '') + UNDO_DAYS * 86_400_000;
  return [...(left && !view.rowsExpiredAt ? ['retry'] : []), ...(undoUntil > Date.now() ? ['undo'] : [])];
}
