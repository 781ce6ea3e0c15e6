import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type RunningPostgres, startPostgres } from '../../src/embedded/postgres.ts';
import { commandLine } from '../../src/embedded/process-identity.ts';

describe('the embedded PostgreSQL', () => {
  let directory: string;
  let server: RunningPostgres | undefined;
  const start = async (port?: number) => {
    const place = { directory: join(directory, 'postgres'), logFile: join(directory, 'logs', 'postgres.log') };
    server = await startPostgres({ ...place, port, settings: ['fsync=off'] });
    return server;
  };
  const ask = async (sql: string, values?: string[]) => {
    const client = new pg.Client({ connectionString: server?.adminUrl });
    await client.connect();
    return client.query(sql, values).finally(() => client.end());
  };
  before(async () => {
    // As `mktemp -d` makes it: closed to the user that PostgreSQL runs as when we are root.
    directory = await mkdtemp(join(tmpdir(), 'booking-import-pg-'));
    await chmod(directory, 0o700);
  });
  afterEach(() => server?.stop());
  after(() => rm(directory, { recursive: true, force: true }));

  it('is a PostgreSQL 18 that keeps its data over a restart, in a directory that nobody else may enter', async () => {
    await start();
    assert.equal((await ask('SHOW server_version_num')).rows[0].server_version_num.slice(0, 2), '18');
    await ask('CREATE TABLE kept AS SELECT 42 AS answer');
    await server?.stop();
    await start();
    assert.equal((await ask('SELECT answer FROM kept')).rows[0].answer, 42);
  });

  it('asks for its password', async () => {
    const { adminUrl } = await start();
    const url = new URL(adminUrl);
    url.password = 'guessed';
    const client = new pg.Client({ connectionString: url.href });
    await assert.rejects(client.connect(), { code: '28P01' });
  });

  it('says in its log what it refused, and nothing of the row', async () => {
    await start();
    await ask('CREATE TABLE choosy (name text, CHECK (name <> $$Asha Rao$$), UNIQUE (name))');
    for (const name of ['Asha Rao', 'Ben Okri', 'Ben Okri'])
      await ask('INSERT INTO choosy VALUES ($1)', [name]).catch(() => undefined);
    const log = await readFile(join(directory, 'logs', 'postgres.log'), 'utf8');
    assert.match(log, /ERROR: {2}.*violates check constraint/);
    assert.match(log, /ERROR: {2}.*violates unique constraint/);
    assert.doesNotMatch(log, /Asha|Okri/);
  });

  it('takes another port when the wanted one is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      assert.notEqual((await start(port)).port, port);
      await ask('SELECT 1');
    } finally {
      other.close();
    }
  });

  it('starts over a lock file whose pid belongs to another process by now', async () => {
    await start();
    await server?.stop();
    await writeFile(
      join(directory, 'postgres', 'postmaster.pid'),
      `${process.pid}\n${directory}/postgres\n0\n0\n\n\n\n`,
    );
    await start();
    await ask('SELECT 1');
    assert.match(await commandLine(process.pid), /node/);
  });

  it('starts after a kill -9, with everything that was committed', async () => {
    const { pid, exited } = await start();
    await ask('CREATE TABLE committed AS SELECT 1 AS one');
    process.kill(pid, 'SIGKILL');
    await exited;
    await start();
    assert.equal((await ask('SELECT one FROM committed')).rowCount, 1);
  });

  it('ends the server that an earlier process left running on the same directory', async () => {
    const first = await start();
    const second = await start();
    await first.exited;
    assert.notEqual(second.pid, first.pid);
    await ask('SELECT 1');
  });
});
