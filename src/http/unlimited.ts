import type { RequestHandler } from 'express';
import { callerIn } from './auth.ts';
import { sendProblem } from './problems.ts';

/** For what reaches over all dealers at once, as files and histories do. Behind `requireAdmin`. */
export const requireUnlimited: RequestHandler = (_req, res, next) => {
  if (callerIn(res).dealers.length === 0) return next();
  sendProblem(res, { code: 'FORBIDDEN', message: 'This needs a token that is not limited to dealers.' });
};
