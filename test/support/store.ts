import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDatabase, connectDatabase, type Database } from '../../db/connect.ts';
import { createImport } from '../../db/imports.ts';
import { rows, run } from '../../db/query.ts';
import type { Actor, ImportSettings } from '../../src/domain/import.ts';
import { parseSettings } from '../../src/domain/settings.ts';
import { createTestDatabase } from './postgres.ts';

/** What a client that sends none gets. */
export const SETTINGS: ImportSettings = defaultSettings();

function defaultSettings(): ImportSettings {
  const parsed = parseSettings({});
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}

/** Wide enough to keep no test waiting. */
export const CAPS = { running: 1_000, waiting: 1_000 };
export const ADMIN: Actor = { subject: 'alice', ip: '127.0.0.1', userAgent: 'test' };

const FIFTY_DEALERS = `
  insert into dealers (id, dealer_code, dealer_name, is_active)
  select 'd' || n, 'DLR' || lpad(n::text, 3, '0'), 'Dealer ' || n, n <> 50 from generate_series(1, 50) n`;

export interface Store {
  /** As the API and the workers connect. */
  db: Database;
  url: string;
  /** For what only the schema's owner may; `rows` and `run` are his. */
  ownerUrl: string;
  rows<T extends object = Record<string, unknown>>(sql: string, bind?: unknown[]): Promise<T[]>;
  run(sql: string, bind?: unknown[]): Promise<void>;
  close(): Promise<void>;
}

/** A database of its own with connections to it, and dealers DLR001–DLR050 (the last inactive) unless told otherwise. */
export async function openStore({ dealers = true } = {}): Promise<Store> {
  const database = await createTestDatabase();
  const db = connectDatabase(database.url, { poolSize: 10, applicationName: 'test' });
  const owner = connectDatabase(database.ownerUrl, { poolSize: 5, applicationName: 'test as the owner' });
  if (dealers) await run(owner, FIFTY_DEALERS);
  return {
    ...{ db, url: database.url, ownerUrl: database.ownerUrl },
    rows: (sql, bind) => rows(owner, sql, bind),
    run: (sql, bind) => run(owner, sql, bind),
    async close() {
      await Promise.all([closeDatabase(db), closeDatabase(owner)]);
      await database.drop();
    },
  };
}

/** Stores text as an upload, and gives the new import's id. */
export async function storeUpload(
  db: Database,
  content: string | Buffer,
  options: { settings?: Partial<ImportSettings>; dryRun?: boolean; chunkRows?: number; dealerCodes?: string[] } = {},
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'booking-import-test-'));
  const path = join(directory, 'upload');
  await writeFile(path, content);
  const stored = await createImport(db, {
    adminId: ADMIN.subject,
    fileName: 'bookings.csv',
    fileSize: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
    settings: { ...SETTINGS, ...options.settings },
    dryRun: options.dryRun ?? false,
    idempotencyKey: null,
    chunkRows: options.chunkRows ?? 500,
    dealerCodes: options.dealerCodes ?? [],
    path,
    actor: ADMIN,
    caps: CAPS,
  });
  await rm(directory, { recursive: true });
  if (!stored.ok) throw new Error(stored.failure.message);
  return stored.value.importId;
}
