import { setTimeout as sleep } from 'node:timers/promises';
import { createSession, type Session } from 'better-sse';
import type { RequestHandler, Response } from 'express';
import { findImport } from '../../db/imports.ts';
import type { ImportView } from '../domain/import.ts';
import type { ImportDeps } from './import-deps.ts';
import { findNamed, hasEnded, withProgress } from './import-views.ts';
import { sendProblem } from './problems.ts';

const LOOK_MS = 500;
/** Proxies close what is silent for a minute, some for half of that. */
const HEARTBEAT_MS = 15_000;

/**
 * Server-sent events, each the whole import as JSON: one at once, one a change, the last one when it has ended; then
 * the stream ends. It ends too when the client goes away or the process stops.
 */
export const streamProgress =
  (deps: ImportDeps): RequestHandler =>
  async (req, res) => {
    const view = await findNamed(deps, req);
    if (!view.ok) return sendProblem(res, view.failure);
    const stop = new AbortController();
    const abort = () => stop.abort();
    res.once('close', abort);
    deps.closing.addEventListener('abort', abort);
    // Its own keep-alive leaks a timer when the client leaves before the head is sent; ours is in the loop.
    const session = await createSession(req, res, { keepAlive: null });
    if (deps.closing.aborted) abort();
    await follow(deps, view.value.id, { session, res, signal: stop.signal });
    deps.closing.removeEventListener('abort', abort);
    res.end();
  };

interface Watcher {
  session: Session;
  res: Response;
  signal: AbortSignal;
}

async function follow(deps: ImportDeps, id: string, { session, res, signal }: Watcher): Promise<void> {
  let shown = '';
  let shownAt = Date.now();
  for (let event = 1; !signal.aborted; ) {
    const view = await look(deps, id);
    if (signal.aborted) return;
    const text = JSON.stringify(view);
    // A reader that is behind gets the newest state when it has caught up, not all that it missed.
    if (view && text !== shown && !res.writableNeedDrain) {
      session.push(view, 'message', String(event++));
      [shown, shownAt] = [text, Date.now()];
      if (hasEnded(view)) return;
    } else if (Date.now() - shownAt > HEARTBEAT_MS) {
      res.write(':\n\n');
      shownAt = Date.now();
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

/** Undefined when Postgres doesn't answer just now: the stream outlives that. */
async function look(deps: ImportDeps, id: string): Promise<ImportView | undefined> {
  try {
    const view = await findImport(deps.db, id);
    return view && (await withProgress(deps, view));
  } catch (err) {
    deps.log.warn({ err, importId: id }, 'the progress cannot be read');
    return undefined;
  }
}
