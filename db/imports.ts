import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor, ImportCaps, ImportSettings, ImportStatus, ImportView, Page } from '../src/domain/import.ts';
import { recordAction } from './admin-trail.ts';
import type { Database, Tx } from './connect.ts';
import { lockFile } from './fence.ts';
import { fingerprintOf } from './fingerprint.ts';
import { newId } from './ids.ts';
import { storeFile } from './import-files.ts';
import { type LinePlace, takePlace } from './import-line.ts';
import { IMPORT_VIEW, type ImportViewRow, importWithin, toImportView } from './import-view.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows, run, withTransaction } from './query.ts';

export interface NewImport {
  adminId: string;
  fileName: string;
  /** bytes */
  fileSize: number;
  /** hex */
  sha256: string;
  settings: ImportSettings;
  dryRun: boolean;
  idempotencyKey: string | null;
  chunkRows: number;
  /** Dealer codes that the admin's token is limited to; empty: no limit. */
  dealerCodes: string[];
  /** The spooled upload; its bytes are stored in the same transaction as the import. */
  path: string;
  actor: Actor;
  caps: ImportCaps;
}

/**
 * Stores an upload with its bytes, once: the same bytes, settings and limit while one runs or waits, or the same
 * idempotency key, give the import that exists. It waits in line when its admin has enough running. Failures:
 * `DUPLICATE_FILE`, `IDEMPOTENCY_KEY_REUSED`, both with `detail.importId` unless that import is beyond the admin's
 * limit; `TOO_MANY_IMPORTS`.
 */
export function createImport(db: Database, input: NewImport): Promise<Result<{ importId: string; existed: boolean }>> {
  const fingerprint = fingerprintFor(input);
  return withTransaction(db, async (tx) => {
    await lockFile(tx, input.sha256);
    const earlier = (await findByKey(tx, input, fingerprint)) ?? (await findSameFile(tx, input, fingerprint));
    if (earlier) return earlier;
    // Before the bytes are written: what is refused costs next to nothing.
    const place = await takePlace(tx, input.adminId, input.caps);
    if (!place.ok) return place;
    const importId = newId();
    await insertImport(tx, importId, { ...input, fingerprint, place: place.value });
    await storeFile(tx, importId, input.path);
    await recordUpload(tx, importId, input);
    return ok({ importId, existed: false });
  });
}

function recordUpload(tx: Tx, id: string, { actor, dryRun, fileName, fileSize, sha256, settings }: NewImport) {
  const action = dryRun ? 'IMPORT_VALIDATED' : 'IMPORT_UPLOADED';
  return recordAction(tx, actor, { action, kind: 'import', id, after: { fileName, fileSize, sha256, settings } });
}

// allowSameFile only says what to do about an earlier file; it doesn't make another import of this one.
// The limit does: it fails other rows.
function fingerprintFor({ settings: { allowSameFile: _, ...settings }, dealerCodes }: NewImport): string {
  return fingerprintOf(dealerCodes.length > 0 ? { ...settings, dealerCodes: [...dealerCodes].sort() } : settings);
}

async function findByKey(tx: Tx, input: NewImport, fingerprint: string) {
  if (input.idempotencyKey === null) return undefined;
  const [found] = await rows<{ id: string; same: boolean; isSeen: boolean }>(
    tx,
    `select id, sha256 = $3 and fingerprint = $4 and dry_run = $5 as same, ${importWithin('$6')} as "isSeen"
     from booking_imports i where admin_id = $1 and idempotency_key = $2`,
    [input.adminId, input.idempotencyKey, input.sha256, fingerprint, input.dryRun, input.dealerCodes],
  );
  if (!found) return undefined;
  if (found.same) return ok({ importId: found.id, existed: true });
  return fail(
    'IDEMPOTENCY_KEY_REUSED',
    'this Idempotency-Key was used for another file or other settings; take a new one',
    detailOf(found),
  );
}

async function findSameFile(tx: Tx, input: NewImport, fingerprint: string) {
  const [running] = await rows<{ id: string }>(
    tx,
    `select id from booking_imports
     where sha256 = $1 and fingerprint = $2 and dry_run = $3 and status in ('PENDING', 'PROCESSING')`,
    [input.sha256, fingerprint, input.dryRun],
  );
  if (running) return ok({ importId: running.id, existed: true });
  if (input.dryRun || input.settings.allowSameFile) return undefined;
  const [completed] = await rows<{ id: string; completed_at: Date; isSeen: boolean }>(
    tx,
    `select id, completed_at, coalesce(${importWithin('$2')}, false) as "isSeen" from booking_imports i
     where sha256 = $1 and status = 'COMPLETED' and not dry_run and undone_at is null order by "isSeen" desc, id desc limit 1`,
    [input.sha256, input.dealerCodes],
  );
  if (!completed) return undefined;
  const when = completed.isSeen
    ? ` on ${completed.completed_at.toISOString()}`
    : ', in an import that is not yours to see';
  return fail(
    'DUPLICATE_FILE',
    `this file was imported already${when}; set allowSameFile to import it again`,
    detailOf(completed),
  );
}

// Another's import is never handed out, not by its id either.
const detailOf = ({ id, isSeen }: { id: string; isSeen: boolean | null }) =>
  isSeen ? { detail: { importId: id } } : {};

interface StoredImport extends NewImport {
  fingerprint: string;
  place: LinePlace;
}

async function insertImport(tx: Tx, id: string, input: StoredImport): Promise<void> {
  await run(
    tx,
    `insert into booking_imports (id, admin_id, filename, original_filename, file_size, sha256, fingerprint,
       import_settings, dry_run, idempotency_key, chunk_rows, ip_address, user_agent, dealer_codes, queued_at)
     values ($1, $2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, case when $14 then clock_timestamp() end)`,
    [
      id,
      input.adminId,
      input.fileName.slice(0, 512),
      input.fileSize,
      input.sha256,
      input.fingerprint,
      JSON.stringify(input.settings),
      input.dryRun,
      input.idempotencyKey,
      input.chunkRows,
      input.actor.ip,
      input.actor.userAgent,
      input.dealerCodes.length > 0 ? input.dealerCodes : null,
      input.place === 'waiting',
    ],
  );
}

export async function findImport(db: Database | Tx, id: string): Promise<ImportView | undefined> {
  const [row] = await rows<ImportViewRow>(db, `${IMPORT_VIEW} where i.id = $1`, [id]);
  return row && toImportView(row);
}

/** Undefined: there is none, or it is beyond the dealers that the caller is limited to; none of them: no limit. */
export async function findImportWithin(
  db: Database,
  id: string,
  dealerCodes: string[],
): Promise<ImportView | undefined> {
  const [row] = await rows<ImportViewRow>(db, `${IMPORT_VIEW} where i.id = $1 and ${importWithin('$2')}`, [
    id,
    dealerCodes,
  ]);
  return row && toImportView(row);
}

export interface ImportFilter {
  status?: ImportStatus;
  adminId?: string;
  dryRun?: boolean;
  /** ISO instants; `from` inclusive, `to` exclusive, by creation. */
  from?: string;
  to?: string;
  /** Part of the file's name. */
  text?: string;
  limit: number;
  cursor?: string | null;
}

/** Newest first, of those within the dealers that the caller is limited to; none of them: of all. */
export async function listImports(
  db: Database,
  dealerCodes: string[],
  filter: ImportFilter,
): Promise<Page<ImportView>> {
  const found = await rows<ImportViewRow>(
    db,
    `${IMPORT_VIEW}
     where ($1::text is null or i.status = $1) and ($2::text is null or i.admin_id = $2)
       and ($3::boolean is null or i.dry_run = $3) and ($4::timestamptz is null or i.created_at >= $4)
       and ($5::timestamptz is null or i.created_at < $5)
       and ($6::text is null or strpos(lower(i.original_filename), lower($6)) > 0)
       and ($7::text is null or i.id < $7) and ${importWithin('$9')}
     order by i.id desc limit $8`,
    [
      filter.status ?? null,
      filter.adminId ?? null,
      filter.dryRun ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.text ?? null,
      decodeCursor(filter.cursor),
      filter.limit + 1,
      dealerCodes,
    ],
  );
  return toPage(found.map(toImportView), filter.limit, (view) => view.id);
}
