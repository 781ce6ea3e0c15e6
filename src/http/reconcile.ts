import { Router } from 'express';
import { recordAction } from '../../db/admin-trail.ts';
import { ok } from '../domain/failures.ts';
import { answer, endpoint, type Handler } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
import { reasonBody, reasonedActor } from './reasoned-actor.ts';

/** A hundred thousand bookings take about a minute: most of it are the rests between its slices. */
const WAIT_MS = 60_000;

export function reconcileRoutes(deps: Pick<ImportDeps, 'db' | 'temporal'>): Router {
  const router = Router();
  endpoint(router, '/api/admin/reconcile', { post: [reasonBody, answer(reconcile(deps))] });
  return router;
}

/** Mends now what the Schedule would mend in time: 200 with the counts by kind, 202 while it still goes on. */
const reconcile =
  ({ db, temporal }: Pick<ImportDeps, 'db' | 'temporal'>): Handler =>
  async (req, res) => {
    const actor = reasonedActor(req, res);
    if (!actor.ok) return actor;
    await recordAction(db, actor.value, { action: 'RECONCILE_ASKED', kind: 'reconcile', id: null });
    const mended = await temporal.call((link) => link.reconcile(WAIT_MS), WAIT_MS + 5_000);
    if (!mended.ok) return mended;
    return mended.value === 'RUNNING' ? ok({ status: 202, body: { state: 'RUNNING' } }) : ok({ body: mended.value });
  };
