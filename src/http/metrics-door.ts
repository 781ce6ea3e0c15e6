import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { bearerIn, refuseCaller } from './auth.ts';

/** Lets in whoever sends the token; everybody when there is none. */
export function metricsDoor(token: string | null): RequestHandler {
  if (token === null) return (_req, _res, next) => next();
  const expected = digest(token);
  return (req, res, next) => {
    if (timingSafeEqual(digest(bearerIn(req) ?? ''), expected)) return next();
    const message = 'The metrics need the bearer token of METRICS_TOKEN.';
    return refuseCaller(res, { code: 'UNAUTHENTICATED', message }, 'invalid_token');
  };
}

// Of one length, whatever is sent: only such can be compared in constant time.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
