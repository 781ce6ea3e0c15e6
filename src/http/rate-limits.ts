import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Database } from '../../db/connect.ts';
import { sharedRate } from '../../db/shared-rate.ts';
import type { Limits } from '../config.ts';
import type { Rate } from '../domain/rate.ts';
import { bearerIn, callerIn, type VerifyToken } from './auth.ts';
import { networkOf } from './client-address.ts';
import { localRate } from './local-rate.ts';
import { sendProblem } from './problems.ts';
import { limited, sendRate } from './rate-answers.ts';

export interface RateLimits {
  /** Counts by address who doesn't say who they are: the portal's files, requests without a token. */
  strangers: RequestHandler;
  /** Counts by subject. Stands behind whatever lets callers through. */
  callers: RequestHandler;
  /** Counts by address the tokens that don't verify. A good token gets in, whatever others at its address do. */
  signIns(verify: VerifyToken): VerifyToken;
}

const MINUTE = 60;

/** Reads are counted in memory, so that none costs a round trip; what is rarer and dearer by all processes together. */
export function createRateLimits(db: Database, limits: Limits): RateLimits {
  const shared = (name: string, points: number): Rate => {
    const allowance = { name, points, seconds: MINUTE };
    return sharedRate(db, allowance, localRate(allowance));
  };
  const strangers = localRate({ name: 'strangers', points: limits.readsPerSecond, seconds: 1 });
  const callers = {
    reads: localRate({ name: 'reads', points: limits.readsPerSecond, seconds: 1 }),
    writes: shared('writes', limits.writesPerMinute),
    uploads: shared('uploads', limits.uploadsPerMinute),
  };
  const failures = shared('failed-sign-ins', limits.failedSignInsPerMinute);
  return {
    strangers: (req, res, next) => {
      if (isApi(req) && bearerIn(req) !== undefined) return next();
      return limit(strangers, networkOf(req.ip), { res, next });
    },
    callers: (req, res, next) => {
      return limit(callers[kindOf(req)], callerIn(res).subject, { res, next });
    },
    signIns: (verify) => async (token, ip) => {
      const caller = await verify(token, ip);
      if (caller.ok || caller.failure.code !== 'UNAUTHENTICATED') return caller;
      const spent = await failures.spend(networkOf(ip));
      return spent.granted ? caller : { ok: false, failure: limited(failures, spent) };
    },
  };
}

async function limit(rate: Rate, key: string, { res, next }: { res: Response; next: NextFunction }): Promise<void> {
  const spent = await rate.spend(key);
  sendRate(res, rate, spent);
  if (spent.granted) next();
  else sendProblem(res, limited(rate, spent));
}

const isApi = ({ path }: Request): boolean => /^\/api(\/|$)/i.test(path);

function kindOf(req: Request): 'reads' | 'writes' | 'uploads' {
  if (req.method === 'GET' || req.method === 'HEAD' || req.method === 'OPTIONS') return 'reads';
  return /^multipart\//i.test(req.get('content-type') ?? '') ? 'uploads' : 'writes';
}
