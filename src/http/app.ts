import { setMaxListeners } from 'node:events';
import express, { type Express, type RequestHandler } from 'express';
import type { TrustProxy } from '../config.ts';
import type { Access } from '../domain/access.ts';
import type { Metrics } from '../metrics.ts';
import { logAccess } from './access-log.ts';
import { adminBookingRoutes } from './admin-bookings.ts';
import { authenticate, type VerifyToken } from './auth.ts';
import { bookingCommandRoutes } from './booking-commands.ts';
import type { CreateDeps } from './booking-create.ts';
import { bookingRoutes } from './bookings.ts';
import { type CodecDeps, codecRoutes } from './codec.ts';
import { customerRoutes } from './customers.ts';
import type { ImportDeps } from './import-deps.ts';
import { importRoutes } from './imports.ts';
import { notificationRoutes } from './notifications.ts';
import { openApiRoutes } from './openapi.ts';
import { portal } from './portal.ts';
import { probes } from './probes.ts';
import { handleError, notFound } from './problems.ts';
import type { RateLimits } from './rate-limits.ts';
import { reconcileRoutes } from './reconcile.ts';
import { referenceRoutes } from './reference.ts';
import { requestId } from './request-id.ts';
import { limitRequests } from './request-limits.ts';
import { measureRequests, requestLog } from './request-log.ts';
import { refuseUnlisted } from './routes.ts';
import { securityHeaders } from './security-headers.ts';
import { trailRoutes } from './trails.ts';
import { closeUnreadRequests } from './unread-requests.ts';

export interface AppDeps extends ImportDeps, CreateDeps, CodecDeps {
  verifyToken: VerifyToken;
  metrics: Metrics;
  /** Must return at once and never throw. */
  recordAccess(access: Access): void;
  /** What a scraper of the metrics must send; null: they are open. */
  metricsToken: string | null;
  rates: RateLimits;
  /** A body that is no upload must come within this time. */
  bodyMs: number;
  /** Whose `X-Forwarded-For` is believed. */
  trustProxy: TrustProxy;
  /** Where the built portal lies. */
  portalDir: string;
}

/** The whole HTTP side, apart from the server that it is given to. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  // Every open stream listens to it.
  setMaxListeners(0, deps.closing);
  app.disable('x-powered-by');
  app.set('trust proxy', deps.trustProxy);
  app.use(requestId, requestLog(deps.log), measureRequests(deps.metrics));
  app.use(securityHeaders(), closeUnreadRequests, endConnections(deps.closing));
  app.use(limitRequests(deps.bodyMs));
  app.use(probes(deps), deps.rates.strangers, openApiRoutes(), portal(deps.portalDir));
  app.use('/api', noStore, logAccess(deps.recordAccess), authenticate(deps.verifyToken), deps.rates.callers);
  app.use(importRoutes(deps), referenceRoutes(deps), adminBookingRoutes(deps), reconcileRoutes(deps));
  app.use(trailRoutes(deps), customerRoutes(deps), codecRoutes(deps));
  app.use(bookingRoutes(deps), bookingCommandRoutes(deps), notificationRoutes(deps));
  refuseUnlisted(app);
  app.use(notFound, handleError);
  return app;
}

// Customers' data: no cache may keep an answer unless its endpoint says otherwise.
const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};

/** While the process stops, a connection that is kept alive would keep it from stopping. */
const endConnections =
  (closing: AbortSignal): RequestHandler =>
  (_req, res, next) => {
    if (closing.aborted) res.set('Connection', 'close');
    next();
  };
