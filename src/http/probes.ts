import { type RequestHandler, Router } from 'express';
import { type Database, pingDatabase } from '../../db/connect.ts';
import type { Metrics } from '../metrics.ts';
import { pingTemporal } from '../temporal.ts';
import { endpoint } from './endpoint.ts';
import { metricsDoor } from './metrics-door.ts';
import { sendProblem } from './problems.ts';
import { type TemporalLink, within } from './temporal-link.ts';

export interface ProbeDeps {
  db: Database;
  temporal: TemporalLink;
  metrics: Metrics;
  /** What a scraper of the metrics must send; null: they are open. */
  metricsToken: string | null;
  /** Aborted when the process begins to stop. */
  closing: AbortSignal;
}

const PING_MS = 2_000;

/** Liveness, readiness, Prometheus: open to whoever can reach the port, the last unless there is a token for it. */
export function probes(deps: ProbeDeps): Router {
  const router = Router();
  endpoint(router, '/healthz', {
    get: (_req, res) => void res.set('Cache-Control', 'no-store').json({ status: 'alive' }),
  });
  endpoint(router, '/readyz', { get: readiness(deps) });
  endpoint(router, '/metrics', {
    get: [
      metricsDoor(deps.metricsToken),
      async (_req, res) => {
        const { contentType, text } = await deps.metrics.expose();
        res.set({ 'Content-Type': contentType, 'Cache-Control': 'no-store' }).send(text);
      },
    ],
  });
  return router;
}

const readiness =
  ({ db, temporal, closing }: ProbeDeps): RequestHandler =>
  async (_req, res) => {
    const [database, orchestrator] = await Promise.all([
      within(PING_MS, pingDatabase(db)).then(
        () => true,
        () => false,
      ),
      temporal.call(pingTemporal, PING_MS),
    ]);
    const checks = { database: database ? 'up' : 'down', temporal: orchestrator.ok ? 'up' : 'down' };
    const detail = { checks };
    if (closing.aborted)
      return sendProblem(res, { code: 'SHUTTING_DOWN', message: 'This process is stopping.', detail });
    if (!database) return sendProblem(res, { code: 'DATABASE_UNAVAILABLE', message: 'The database is down.', detail });
    if (!orchestrator.ok) return sendProblem(res, { ...orchestrator.failure, message: 'Temporal is down.', detail });
    res.set('Cache-Control', 'no-store').json({ status: 'ready', checks });
  };
