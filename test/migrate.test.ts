import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { projectRoot } from '../src/embedded/project-root.ts';
import { createEmptyDatabase } from './support/postgres.ts';

describe('npm run migrate', function () {
  this.timeout(60_000);
  // Roles are the whole server's, and other tests use it at the same time.
  const login = `migrate_test_${randomBytes(4).toString('hex')}`;
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
  before(async () => {
    database = await createEmptyDatabase();
  });
  after(async () => {
    await ask(database.url, `drop role if exists ${login}`);
    await database.drop();
  });

  const appUrl = (password: string) =>
    Object.assign(new URL(database.url), { username: login, password: encodeURIComponent(password) }).href;
  const migrate = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', join(projectRoot(), 'src/migrate.ts')], {
      env: { ...process.env, ...env },
      timeout: 60_000,
    });

  it('brings the schema forward and makes the login of the API and the workers', async () => {
    const { stderr } = await migrate({ DATABASE_URL: database.url, APP_DATABASE_URL: appUrl('first % word') });
    assert.equal(stderr, 'the schema is up to date\n');
    assert.deepEqual(await ask(appUrl('first % word'), 'select from bookings'), []);
    await assert.rejects(ask(appUrl('first % word'), 'drop table bookings'), /must be owner/);
  });

  it('gives it another password when it is run with one', async () => {
    await migrate({ DATABASE_URL: database.url, APP_DATABASE_URL: appUrl('second') });
    await assert.rejects(ask(appUrl('first % word'), 'select'), /password authentication failed/);
    assert.equal((await ask(appUrl('second'), 'select')).length, 1);
  });

  it('refuses to let the owner be that login, and says so without a password', async () => {
    const { stderr } = await failing(migrate({ DATABASE_URL: database.url, APP_DATABASE_URL: database.url }));
    assert.match(stderr, /must not be the owner of the schema/);
    assert.ok(!stderr.includes(new URL(database.url).password));
  });

  it('works for an owner who is no superuser, once the group of the rights is there', async () => {
    const own = await createEmptyDatabase();
    const owner = `${login}_owner`;
    await ask(own.url, `create role ${owner} login password 'x'; grant create on schema public to ${owner}`);
    await migrate({ DATABASE_URL: Object.assign(new URL(own.url), { username: owner, password: 'x' }).href });
    const [held] = await ask(own.url, `select has_table_privilege('booking_import_runtime', 'access_log', 'INSERT')`);
    assert.deepEqual(held, { has_table_privilege: true });
    await own.drop();
    await ask(database.url, `drop role ${owner}`);
  });
});

async function ask(connectionString: string, sql: string): Promise<object[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const answered = client.query(sql).finally(() => client.end());
  return (await answered).rows;
}

const failing = (run: Promise<unknown>): Promise<{ stderr: string }> =>
  run.then(
    () => assert.fail('it went well'),
    (error) => error,
  );
