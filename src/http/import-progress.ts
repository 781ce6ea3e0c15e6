import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { findImport } from '../../db/imports.ts';
import type { ImportView } from '../domain/import.ts';
import { type EventStream, HEARTBEAT_MS, streamEvents } from './event-stream.ts';
import type { ImportDeps } from './import-deps.ts';
import { findNamed, hasEnded, withProgress } from './import-views.ts';
import { sendProblem } from './problems.ts';

const LOOK_MS = 500;

/**
 * Server-sent events, each the whole import as JSON: one at once, one a change, the last one when it has ended; then
 * the stream ends. It ends too when the client goes away or the process stops.
 */
export const streamProgress =
  (deps: ImportDeps): RequestHandler =>
  async (req, res) => {
    const view = await findNamed(deps, req, res);
    if (!view.ok) return sendProblem(res, view.failure);
    await streamEvents(req, res, deps.closing, (stream) => follow(deps, view.value.id, stream));
  };

async function follow(deps: ImportDeps, id: string, { session, res, signal }: EventStream): Promise<void> {
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
    } else if (Date.now() - shownAt > HEARTBEAT_MS && !res.writableNeedDrain) {
      // To a reader that takes nothing none is sent, so that its connection counts as silent.
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
