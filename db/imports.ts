import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor, ImportSettings, ImportStatus, ImportView, Page } from '../src/domain/import.ts';
import type { Database, Tx } from './connect.ts';
import { lockFile } from './fence.ts';
import { fingerprintOf } from './fingerprint.ts';
import { newId } from './ids.ts';
import { storeFile } from './import-files.ts';
import { IMPORT_VIEW, type ImportViewRow, toImportView } from './import-view.ts';
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
  /** The spooled upload; its bytes are stored in the same transaction as the import. */
  path: string;
  actor: Actor;
}

/**
 * Stores an upload with its bytes, once: the same bytes and settings while one runs, or the same idempotency key, give
 * the import that exists. Failures: `DUPLICATE_FILE` (detail.importId), `IDEMPOTENCY_KEY_REUSED`.
 */
export function createImport(db: Database, input: NewImport): Promise<Result<{ importId: string; existed: boolean }>> {
  const fingerprint = settingsFingerprint(input.settings);
  return withTransaction(db, async (tx) => {
    await lockFile(tx, input.sha256);
    const earlier = (await findByKey(tx, input, fingerprint)) ?? (await findSameFile(tx, input, fingerprint));
    if (earlier) return earlier;
    const importId = newId();
    await insertImport(tx, importId, { ...input, fingerprint });
    await storeFile(tx, importId, input.path);
    return ok({ importId, existed: false });
  });
}

// allowSameFile only says what to do about an earlier file; it doesn't make another import of this one.
const settingsFingerprint = ({ allowSameFile: _, ...settings }: ImportSettings): string => fingerprintOf(settings);

async function findByKey(tx: Tx, input: NewImport, fingerprint: string) {
  if (input.idempotencyKey === null) return undefined;
  const [found] = await rows<{ id: string; same: boolean }>(
    tx,
    `select id, sha256 = $3 and fingerprint = $4 and dry_run = $5 as same
     from booking_imports where admin_id = $1 and idempotency_key = $2`,
    [input.adminId, input.idempotencyKey, input.sha256, fingerprint, input.dryRun],
  );
  if (!found) return undefined;
  if (found.same) return ok({ importId: found.id, existed: true });
  return fail(
    'IDEMPOTENCY_KEY_REUSED',
    'this Idempotency-Key was used for another file or other settings; take a new one',
    {
      detail: { importId: found.id },
    },
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
  const [completed] = await rows<{ id: string; completed_at: Date }>(
    tx,
    `select id, completed_at from booking_imports
     where sha256 = $1 and status = 'COMPLETED' and not dry_run and undone_at is null order by id desc limit 1`,
    [input.sha256],
  );
  if (!completed) return undefined;
  const message = `this file was imported already on ${completed.completed_at.toISOString()}; set allowSameFile to import it again`;
  return fail('DUPLICATE_FILE', message, { detail: { importId: completed.id } });
}

async function insertImport(tx: Tx, id: string, input: NewImport & { fingerprint: string }): Promise<void> {
  await run(
    tx,
    `insert into booking_imports (id, admin_id, filename, original_filename, file_size, sha256, fingerprint,
       import_settings, dry_run, idempotency_key, chunk_rows, ip_address, user_agent)
     values ($1, $2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
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
    ],
  );
}

export async function findImport(db: Database | Tx, id: string): Promise<ImportView | undefined> {
  const [row] = await rows<ImportViewRow>(db, `${IMPORT_VIEW} where i.id = $1`, [id]);
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

/** Newest first. */
export async function listImports(db: Database, filter: ImportFilter): Promise<Page<ImportView>> {
  const found = await rows<ImportViewRow>(
    db,
    `${IMPORT_VIEW}
     where ($1::text is null or i.status = $1) and ($2::text is null or i.admin_id = $2)
       and ($3::boolean is null or i.dry_run = $3) and ($4::timestamptz is null or i.created_at >= $4)
       and ($5::timestamptz is null or i.created_at < $5)
       and ($6::text is null or strpos(lower(i.original_filename), lower($6)) > 0)
       and ($7::text is null or i.id < $7)
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
    ],
  );
  return toPage(found.map(toImportView), filter.limit, (view) => view.id);
}
