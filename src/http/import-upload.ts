import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { createImport, findImport } from '../../db/imports.ts';
import { fail, ok, type Result } from '../domain/failures.ts';
import { settleColumns } from '../domain/header-mapping.ts';
import type { ImportSettings, ImportView } from '../domain/import.ts';
import { parseSettings } from '../domain/settings.ts';
import { inspectFile } from '../files.ts';
import { actorOf, callerIn } from './auth.ts';
import type { Answer, Handler } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
import { startOrQueue } from './import-line.ts';
import { accepted, getView, hasEnded } from './import-views.ts';
import { idempotencyKey, parseRequest } from './requests.ts';
import { type Upload, withUpload } from './upload.ts';

/** So much of a file is read before it is accepted: enough to refuse what cannot become an import. */
const LOOKED_AT_ROWS = 100;
const LONGEST_WAIT_MS = 60_000;

/**
 * Takes a file in and starts its workflow: 202 with the import, or the import that the same file already is. A dry run
 * with `Prefer: wait=N` answers 200 with the finished report when it is done within N seconds.
 */
export const acceptUpload =
  (deps: ImportDeps, { dryRun }: { dryRun: boolean }): Handler =>
  async (req, res) => {
    const { subject } = callerIn(res);
    const stored = await deps.uploads.pass(subject, () =>
      withUpload(req, deps.upload, (upload) => storeUpload(deps, upload, { req, res, dryRun })),
    );
    if (!stored.ok) return stored;
    const view = await getView(deps, stored.value.importId);
    // A second request for the same import starts it too, in case the first one broke down just before.
    if (view.status === 'PENDING') await startOrQueue(deps, view);
    const wait = dryRun ? preferredWaitMs(req) : 0;
    return wait > 0 ? reportWithin(wait, deps, { view, res }) : accepted(deps, view.id);
  };

async function storeUpload(
  deps: ImportDeps,
  upload: Upload,
  { req, res, dryRun }: { req: Request; res: Response; dryRun: boolean },
): Promise<Result<{ importId: string }>> {
  const settings = parseSettings(upload.settings);
  if (!settings.ok) return settings;
  const key = parseRequest(idempotencyKey, req.get('idempotency-key'));
  if (!key.ok) return key;
  const fit = await judgeFile(upload.path, settings.value);
  if (!fit.ok) return fit;
  const actor = actorOf(req, res);
  const { path, fileName, fileSize, sha256 } = upload;
  const { subject: adminId, dealers: dealerCodes } = callerIn(res);
  const given = { adminId, dealerCodes, actor, idempotencyKey: key.value ?? null, chunkRows: deps.chunkRows };
  const file = { path, fileName, fileSize, sha256, settings: settings.value, dryRun };
  return deps.uploads.store(() => createImport(deps.db, { ...file, ...given, caps: deps.importCaps }));
}

/** Refuses what can be told from the file's beginning: its type, its header, that there are rows. */
async function judgeFile(path: string, settings: ImportSettings): Promise<Result<void>> {
  const { sheet, encoding, delimiter } = settings;
  const options = { sheet, encoding, delimiter };
  const inspected = await inspectFile({ path, options, sampleRows: LOOKED_AT_ROWS, countAll: false });
  if (!inspected.ok) return inspected;
  const columns = settleColumns(inspected.value.header, settings.mapping);
  if (!columns.ok) return columns;
  if (inspected.value.rows.length === 0) return fail('NO_DATA_ROWS', 'The file has a header and no rows below it.');
  return ok(undefined);
}

/** RFC 7240's `wait`, in milliseconds. */
function preferredWaitMs(req: Request): number {
  const seconds = /(?:^|[,;\s])wait\s*=\s*(\d{1,6})/i.exec(req.get('prefer') ?? '')?.[1];
  return Math.min(Number(seconds ?? 0) * 1000, LONGEST_WAIT_MS);
}

async function reportWithin(
  waitMs: number,
  deps: ImportDeps,
  { view, res }: { view: ImportView; res: Response },
): Promise<Result<Answer>> {
  const until = Date.now() + waitMs;
  const idle = () => Date.now() >= until || res.closed || deps.closing.aborted;
  for (let pause = 25; ; pause = Math.min(pause * 1.5, 500)) {
    const now = await findImport(deps.db, view.id);
    if (now && hasEnded(now))
      return ok({ headers: { 'Preference-Applied': `wait=${Math.round(waitMs / 1000)}` }, body: now });
    if (idle()) return accepted(deps, view.id);
    await sleep(Math.min(pause, Math.max(until - Date.now(), 0)));
  }
}
