import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ensureRuntimeLogin } from '../../db/ensure-runtime-login.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';

// A test's data is worth nothing after a crash, and waiting for the disk is most of what small transactions do.
const FAST_SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'];

let server: Promise<{ adminUrl: string }> | undefined;
let template: Promise<string> | undefined;

// As in production: the code under test must not be the schema's owner.
const RUNTIME = { username: 'booking_import_app', password: 'of-the-tests' };

/** The tests' PostgreSQL 18: `TEST_POSTGRES_URL`, else one for this process, which ends together with it. */
export function testPostgres(): Promise<{ adminUrl: string }> {
  server ??= process.env.TEST_POSTGRES_URL
    ? Promise.resolve({ adminUrl: process.env.TEST_POSTGRES_URL })
    : startTestPostgres();
  return server;
}

export interface TestDatabase {
  /** As the API and the workers see it. */
  url: string;
  /** For what a test does beside them: given rows, triggers that refuse. */
  ownerUrl: string;
  drop(): Promise<void>;
}

/** The migrated database that others are cloned from: `TEST_POSTGRES_TEMPLATE`, else one of this process. */
export function testTemplate(): Promise<string> {
  const given = process.env.TEST_POSTGRES_TEMPLATE;
  template ??= given ? Promise.resolve(given) : testPostgres().then(({ adminUrl }) => createTemplate(adminUrl));
  return template;
}

/** An empty database with today's schema: 30-60 ms each. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl } = await testPostgres();
  const name = uniqueName('test');
  await admin(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${await testTemplate()} STRATEGY file_copy`);
  const ownerUrl = urlOf(adminUrl, name);
  return {
    url: runtimeUrl(ownerUrl),
    ownerUrl,
    drop: () => admin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Like `createTestDatabase`, but with nothing in it: for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { adminUrl } = await testPostgres();
  const name = uniqueName('empty');
  await admin(adminUrl, `CREATE DATABASE ${name}`);
  return { url: urlOf(adminUrl, name), drop: () => admin(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function startTestPostgres(): Promise<{ adminUrl: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'booking-import-test-pg-'));
  const logFile = join(process.env.TEST_LOG_DIR ?? directory, 'postgres.log');
  const running = await startPostgres({ directory: join(directory, 'data'), logFile, settings: FAST_SETTINGS });
  // An exit handler may not wait, and this data is of no use to anybody: end it the hard way.
  process.once('exit', () => {
    try {
      process.kill(running.pid, 'SIGQUIT');
    } catch {
      // It is gone already.
    }
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  running.unref();
  return { adminUrl: running.adminUrl };
}

async function createTemplate(adminUrl: string): Promise<string> {
  const name = uniqueName('template');
  await admin(adminUrl, `CREATE DATABASE ${name}`);
  const { migrate } = await import('../../db/migrate.ts');
  await migrate(urlOf(adminUrl, name));
  await ensureRuntimeLogin(adminUrl, runtimeUrl(adminUrl));
  return name;
}

async function admin(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

const runtimeUrl = (ownerUrl: string): string => Object.assign(new URL(ownerUrl), RUNTIME).href;

function uniqueName(kind: string): string {
  return `${kind}_${process.pid}_${randomBytes(4).toString('hex')}`;
}
