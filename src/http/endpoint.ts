import type { Request, RequestHandler, Response, Router } from 'express';
import type { Result } from '../domain/failures.ts';
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

type Method = 'get' | 'post' | 'patch' | 'delete';

/** Mounts one path: its methods, 405 with `Allow` for the others, and its template as the route of logs and metrics. */
export function endpoint(
  router: Router,
  path: string,
  methods: Partial<Record<Method, RequestHandler | RequestHandler[]>>,
) {
  const route = router.route(path);
  route.all((req, res, next) => {
    res.locals.route = `${req.baseUrl}${path}`;
    next();
  });
  for (const [method, handlers] of Object.entries(methods)) route[method as Method](handlers);
  const allowed = Object.keys(methods).map((method) => method.toUpperCase());
  route.all((req, res) => {
    res.set('Allow', allowed.join(', '));
    const message = `${req.method} is not allowed here; allowed: ${allowed.join(', ')}.`;
    sendProblem(res, { code: 'METHOD_NOT_ALLOWED', message, detail: { allowed } });
  });
}
