import { Router } from 'express';
import { ok } from '../domain/failures.ts';
import { answer, endpoint, type Handler } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';

/** A hundred thousand bookings take half a minute. */
const WAIT_MS = 60_000;

/** */
export function reconcileRoutes(deps: Pick<ImportDeps, 'temporal'>): Router {
  const router = Router();
  endpoint(router, '/api/admin/reconcile', { post: answer(reconcile(deps)) });
  return router;
}

/** Mends now what the Schedule would mend in time: 200 with the counts by kind, 202 while it still goes on. */
const reconcile =
  ({ temporal }: Pick<ImportDeps, 'temporal'>): Handler =>
  async () => {
    const mended = await temporal.call((link) => link.reconcile(WAIT_MS), WAIT_MS + 5_000);
    if (!mended.ok) return mended;
    return mended.value === 'RUNNING' ? ok({ status: 202, body: { state: 'RUNNING' } }) : ok({ body: mended.value });
  };
