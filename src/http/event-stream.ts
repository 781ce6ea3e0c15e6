import { createSession, type Session } from 'better-sse';
import type { Request, Response } from 'express';
import { callerIn } from './auth.ts';

export interface EventStream {
  session: Session;
  res: Response;
  /** Aborted when the client goes away, its time is over or the process stops. */
  signal: AbortSignal;
}

/** Proxies close what is silent for a minute, some for half of that. */
export const HEARTBEAT_MS = 15_000;

/** Then the client comes again, and its token is looked at again: it may have lost its dealers. */
const LONGEST_MS = 900_000;

/** Answers with server-sent events until `follow` is done, the client goes away, its token expires or the process stops. */
export async function streamEvents(
  req: Request,
  res: Response,
  closing: AbortSignal,
  follow: (stream: EventStream) => Promise<void>,
): Promise<void> {
  // Its answer has no body that could go on.
  if (req.method === 'HEAD') return void res.type('text/event-stream').end();
  const stop = new AbortController();
  const abort = () => stop.abort();
  res.once('close', abort);
  closing.addEventListener('abort', abort);
  // Its own keep-alive leaks a timer when the client leaves before the head is sent; followers have theirs.
  const session = await createSession(req, res, { keepAlive: null });
  if (closing.aborted) abort();
  const timer = setTimeout(abort, Math.min(LONGEST_MS, callerIn(res).expiresAt - Date.now()));
  try {
    await follow({ session, res, signal: stop.signal });
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', abort);
  }
  res.end();
}
