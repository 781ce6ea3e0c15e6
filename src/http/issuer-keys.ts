import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';

/** All in milliseconds. */
export interface IssuerTimes {
  /** So long keys are kept: a key that its issuer has taken back counts no longer than this. */
  cacheMs: number;
  /** An unknown key id makes the keys be fetched anew, but only when they are older than this. */
  cooldownMs: number;
  /** Two fetches are at least so far apart, whatever became of the first. */
  pauseMs: number;
  /** So long a fetch may take. */
  timeoutMs: number;
}

export const ISSUER_TIMES: IssuerTimes = { cacheMs: 600_000, cooldownMs: 30_000, pauseMs: 1_000, timeoutMs: 3_000 };

/** An issuer's keys, fetched when the first token comes, and again when they are old or a token names an unknown one. */
export function issuerKeys(jwksUrl: string, times: IssuerTimes): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: times.cacheMs,
    cooldownDuration: times.cooldownMs,
    timeoutDuration: times.timeoutMs,
    [customFetch]: sparingFetch(times.pauseMs),
  });
}

/**
 * jose waits only after fetches that worked: while its issuer is down, each token would be one more request to it, and a
 * flood of them keep it down.
 */
function sparingFetch(pauseMs: number): FetchImplementation {
  let fetchedAt = Number.NEGATIVE_INFINITY;
  return async (url, options) => {
    if (Date.now() - fetchedAt < pauseMs) throw new Error('the keys were asked for a moment ago');
    fetchedAt = Date.now();
    return fetch(url, options);
  };
}
