import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { Metrics } from '../metrics.ts';

const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/** One line a request: who, from where, what, how long. Paths without their query: a filter may hold a name. */
export function requestLog(log: Logger): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (req) => req.id,
    autoLogging: { ignore: (req) => QUIET.has(req.url ?? '') },
    customLogLevel: (_req, res, error) =>
      error || res.statusCode >= 500 ? 'error' : res.statusCode >= 400 ? 'warn' : 'info',
    customProps: (_req, res) => {
      const { route, caller } = (res as { locals?: Record<string, { subject?: string } & string> }).locals ?? {};
      return { route, subject: caller?.subject };
    },
    serializers: {
      req: (req) => ({ id: req.id, method: req.method, path: req.url?.split('?')[0], ip: req.remoteAddress }),
      res: (res) => ({ status: res.statusCode }),
    },
  });
}

/** Measures every request by its route's template, however it ends. */
export const measureRequests =
  (metrics: Metrics): RequestHandler =>
  (req, res, next) => {
    const start = process.hrtime.bigint();
    res.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const { method } = req;
      metrics.observeRequest({ method, route: res.locals.route ?? 'other', status: res.statusCode, seconds });
    });
    next();
  };
