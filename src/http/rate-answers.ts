import type { Response } from 'express';
import type { Failure } from '../domain/failures.ts';
import type { Allowance, Spent } from '../domain/rate.ts';

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** The headers of draft-ietf-httpapi-ratelimit-headers-10: what is allowed, and what of it is left. */
export function sendRate(res: Response, { name, points, seconds: window }: Allowance, spent: Spent): void {
  res.set('RateLimit-Policy', `"${name}";q=${points};w=${window}`);
  res.set('RateLimit', `"${name}";r=${spent.remaining};t=${seconds(spent.resetMs)}`);
}

export function limited({ name, points, seconds: window }: Allowance, { resetMs }: Spent): Failure {
  return {
    code: 'RATE_LIMITED',
    message: `More than ${points} ${name.replaceAll('-', ' ')} within ${window} s; try again in ${seconds(resetMs)} s.`,
    retryAfterSeconds: seconds(resetMs),
    detail: { limit: { name, requests: points, seconds: window } },
  };
}
