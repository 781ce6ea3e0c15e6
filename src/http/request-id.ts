import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

// A caller's own id goes into logs and headers, so it must be short and plain.
const SANE = /^[\w.:-]{1,64}$/;

/** Gives every request an id, the caller's own if it is sane, and says it in `X-Request-Id`. */
export function requestId(req: Request, res: Response, next: NextFunction): void {
  const given = req.get('x-request-id');
  req.id = given && SANE.test(given) ? given : randomUUID();
  res.set('X-Request-Id', req.id);
  next();
}
