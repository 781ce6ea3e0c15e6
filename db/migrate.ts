import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Umzug, type UmzugStorage } from 'umzug';

// Any constant: it only has to be the same in every process that migrates.
const MIGRATION_LOCK = 727_101;
const MIGRATIONS = fileURLToPath(new URL('./migrations/*.sql', import.meta.url));

/**
 * Brings the schema forward. Safe to run from several processes at once: the second waits, then finds nothing to do.
 * `to`: the last file to apply, for the tests of a migration that carries data over.
 */
export async function migrate(databaseUrl: string, to?: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'booking-import migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(
      'create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    await createUmzug(client).up({ to });
  } finally {
    await client.end();
  }
}

function createUmzug(client: pg.Client): Umzug<pg.Client> {
  return new Umzug({
    context: client,
    logger: undefined,
    storage: migrationTable(client),
    migrations: {
      glob: MIGRATIONS,
      resolve: ({ name, path }) => ({ name, up: () => applyFile(client, name, path ?? '') }),
    },
  });
}

// The file and its record commit together: a crash between them can't run a migration twice.
async function applyFile(client: pg.Client, name: string, path: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(await readFile(path, 'utf8'));
    await client.query('insert into schema_migrations (name) values ($1)', [name]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function migrationTable(client: pg.Client): UmzugStorage<pg.Client> {
  return {
    // Written by applyFile, in the migration's own transaction.
    logMigration: async () => {},
    unlogMigration: async () => {
      throw new Error('migrations only go forward');
    },
    executed: async () =>
      (await client.query<{ name: string }>('select name from schema_migrations order by name')).rows.map(
        (r) => r.name,
      ),
  };
}
