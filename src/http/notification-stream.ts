import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Database } from '../../db/connect.ts';
import { type FeedScope, findFeedHead, listTold } from '../../db/notification-feed.ts';
import type { NotificationView } from '../domain/notification-view.ts';
import { callerIn } from './auth.ts';
import { feedOf } from './booking-scope.ts';
import { type EventStream, HEARTBEAT_MS, streamEvents } from './event-stream.ts';
import type { FeedPulse } from './feed-pulse.ts';
import { sendProblem } from './problems.ts';
import { lastEventId, parseRequest } from './requests.ts';

export interface StreamDeps {
  db: Database;
  log: Logger;
  /** Aborted when the process begins to stop. */
  closing: AbortSignal;
  pulse: FeedPulse;
}

const PORTION = 100;
const AGAIN_MS = 1_000;
/** A reader that takes nothing for so long is let go; it can come back to where it was. */
const STUCK_MS = 60_000;

/**
 * Server-sent events, each a notification that was told to the caller just now, with its id. After a `Last-Event-ID`
 * they go on with the next one, however long ago that was. The first line is an id alone, so that a client that has
 * seen no event yet can come back, too.
 */
export const streamNotifications =
  (deps: StreamDeps): RequestHandler =>
  async (req, res) => {
    const given = parseRequest(lastEventId, req.get('last-event-id') || undefined);
    if (!given.ok) return sendProblem(res, given.failure);
    const from = given.value ?? (await findFeedHead(deps.db));
    await streamEvents(req, res, deps.closing, (stream) => follow(deps, feedOf(callerIn(res)), from, stream));
  };

async function follow(deps: StreamDeps, scope: FeedScope, from: string, { session, res, signal }: EventStream) {
  let place = from;
  let saidAt = Date.now();
  res.write(`id: ${place}\n\n`);
  while (!signal.aborted) {
    // Before the look: what is told in between must wake it.
    const head = deps.pulse.head();
    const told = await look(deps, scope, place);
    if (signal.aborted) return;
    for (const one of told ?? []) session.push(one, 'message', one.id);
    [place, saidAt] = [told?.at(-1)?.id ?? place, told?.length ? Date.now() : saidAt];
    if (!(await isTaken(res, signal))) return void res.destroy();
    if (told === undefined) await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
    else if (told.length < PORTION) await deps.pulse.beyond(head, HEARTBEAT_MS, signal);
    if (Date.now() - saidAt < HEARTBEAT_MS || signal.aborted) continue;
    res.write(':\n\n');
    saidAt = Date.now();
  }
}

/** Undefined when Postgres doesn't answer just now: the stream outlives that. */
async function look({ db, log }: StreamDeps, scope: FeedScope, place: string): Promise<NotificationView[] | undefined> {
  try {
    return await listTold(db, scope, place, PORTION);
  } catch (err) {
    log.warn({ err }, 'the feed cannot be read');
    return undefined;
  }
}

/** Waits for a slow reader, so that no more than a portion is kept for it here; false: it takes nothing any more. */
async function isTaken(res: Response, signal: AbortSignal): Promise<boolean> {
  if (!res.writableNeedDrain) return true;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(STUCK_MS)]);
  await once(res, 'drain', { signal: patience }).catch(() => {});
  return signal.aborted || !patience.aborted;
}
