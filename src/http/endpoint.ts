import type { Request, RequestHandler, Response, Router } from 'express';
import type { Result } from '../domain/failures.ts';
import type { DescribedPath } from './openapi/operations.ts';
import { type Access, guard, type Method, type MethodsOf, PERMISSIONS } from './permissions.ts';
import { sendProblem } from './problems.ts';

/** What a handler says; `status` is 200 unless told, a body is JSON. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}
export type Handler = (req: Request, res: Response) => Promise<Result<Answer>>;

/** Turns a handler's value into an answer, an expected failure into its problem. */
export function answer(handler: Handler): RequestHandler {
  return async (req, res) => {
    const result = await handler(req, res);
    if (!result.ok) return sendProblem(res, result.failure);
    const { status = 200, headers = {}, body } = result.value;
    res.status(status).set(headers).json(body);
  };
}

type Handlers = RequestHandler | RequestHandler[];

/**
 * Mounts one path: its methods, each for whom `PERMISSIONS` says, 405 with `Allow` for the others, and its template as
 * the route of logs and metrics. What the OpenAPI document doesn't describe doesn't compile here.
 */
export function endpoint<P extends DescribedPath>(router: Router, path: P, methods: Record<MethodsOf<P>, Handlers>) {
  const route = router.route(path);
  route.all((_req, res, next) => {
    res.locals.route = path;
    next();
  });
  const permitted: Partial<Record<Method, Access>> = PERMISSIONS[path];
  const given = Object.entries(permitted) as [MethodsOf<P> & Method, Access][];
  for (const [method, access] of given) route[method](guard(access), methods[method]);
  const allowed = given.map(([method]) => method.toUpperCase());
  route.all((req, res) => {
    res.set('Allow', allowed.join(', '));
    const message = `${req.method} is not allowed here; allowed: ${allowed.join(', ')}.`;
    sendProblem(res, { code: 'METHOD_NOT_ALLOWED', message, detail: { allowed } });
  });
}
