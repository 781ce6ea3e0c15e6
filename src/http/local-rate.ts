import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Allowance, Rate } from '../domain/rate.ts';

/** Counts in this process alone: under a microsecond a request, and nothing that could be away. */
export function localRate(allowance: Allowance): Rate {
  const limiter = new RateLimiterMemory({ points: allowance.points, duration: allowance.seconds });
  return {
    ...allowance,
    spend: (key) =>
      limiter.consume(key).then(
        (left) => ({ granted: true, remaining: left.remainingPoints, resetMs: left.msBeforeNext }),
        (left) => {
          if (!(left instanceof RateLimiterRes)) throw left;
          return { granted: false, remaining: 0, resetMs: left.msBeforeNext };
        },
      ),
  };
}
