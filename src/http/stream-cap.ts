import type { RequestHandler } from 'express';
import { callerIn } from './auth.ts';
import { sendProblem } from './problems.ts';

/** Each looks into Postgres twice a second or is kept ready to be told, for as long as it is open. */
const STREAMS_EACH = 30;
const RETRY_AFTER_SECONDS = 5;

/** Lets one subject have so many streams open at this process. */
export function capStreams(): RequestHandler {
  const open = new Map<string, number>();
  return (_req, res, next) => {
    const { subject } = callerIn(res);
    const own = open.get(subject) ?? 0;
    if (own >= STREAMS_EACH) {
      const message = `${own} streams are open already; close one of them first.`;
      return sendProblem(res, { code: 'TOO_MANY_STREAMS', message, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    open.set(subject, own + 1);
    res.once('close', () => {
      const left = (open.get(subject) ?? 1) - 1;
      if (left > 0) open.set(subject, left);
      else open.delete(subject);
    });
    next();
  };
}
