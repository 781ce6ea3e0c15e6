import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { freePort } from '../../src/embedded/free-port.ts';
import type { StackUrls } from '../../src/embedded/supervisor.ts';
import { createFakeMachine, type FakeMachine } from './fake-programs.ts';
import { runStart, type StackProcess, survivors, treeOf } from './stack-process.ts';

// One story in order, since every boot costs seconds: each test goes on where the one before has left off.
describe('the embedded stack', function () {
  this.timeout(180_000);
  let home: string;
  let env: NodeJS.ProcessEnv;
  let stack: StackProcess;
  let urls: StackUrls;
  let machine: FakeMachine | undefined;
  const running: StackProcess[] = [];
  const boot = async (more: NodeJS.ProcessEnv = {}) => {
    stack = runStart({ ...env, ...more });
    running.push(stack);
    urls = await stack.ready;
  };
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'booking-import-stack-'));
    // Without setpriv, as the last test has it, root's PostgreSQL can't enter a closed directory.
    await chmod(home, 0o755);
    env = { DATA_DIR: join(home, 'one'), PORT: String(await freePort()) };
    await boot();
  });
  after(async () => {
    for (const { child } of running) child.kill('SIGTERM');
    await Promise.all(running.map(({ ended }) => ended));
    await machine?.remove();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('says `ready` in exactly one line on stdout, with a URL for everything', () => {
    assert.equal(stack.stdout.length, 1);
    assert.deepEqual(Object.keys(urls).sort(), ['api', 'database', 'portal', 'temporal', 'temporalUi']);
    assert.equal(urls.api, `http://127.0.0.1:${env.PORT}`);
    assert.match(urls.portal, new RegExp(`^${urls.api}/portal/#token=[\\w-]+\\.[\\w-]+\\.[\\w-]+$`));
  });

  it('answers at every one of them', async () => {
    assert.equal((await fetch(`${urls.api}/readyz`)).status, 200);
    assert.equal((await fetch(urls.portal)).status, 200);
    assert.equal((await fetch(urls.temporalUi ?? '')).status, 200);
    await (await Connection.connect({ address: urls.temporal })).close();
    assert.ok((await ask('SELECT 1 FROM dealers')).rowCount, 'a new embedded database holds the sample dealers');
  });

  it('runs the API and the workers as a login that cannot touch the trails, its password for our eyes alone', async () => {
    const { rows } = await ask(`SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name ~ 'api|worker'`);
    assert.deepEqual(rows, [{ usename: 'booking_import_app' }]);
    assert.equal((await stat(join(home, 'one', 'postgres-app.password'))).mode & 0o777, 0o600);
    assert.equal(new URL(urls.database).username, 'postgres');
  });

  it('accepts the token of its portal link as an admin', async () => {
    const token = urls.portal.split('#token=')[1];
    const answer = await fetch(`${urls.api}/api/admin/dealers`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
  });

  it('does not start a second time on the same DATA_DIR, and says so', async () => {
    const second = runStart({ ...env, PORT: String(await freePort()) });
    assert.equal(await second.ended, 1);
    assert.match(second.stderr(), new RegExp(`another stack already runs on .*one \\(process ${stack.pid}\\)`));
    assert.deepEqual(second.stdout, []);
  });

  it('does not start on a port that is taken, and says so', async () => {
    const second = runStart({ DATA_DIR: join(home, 'two'), PORT: env.PORT });
    assert.equal(await second.ended, 1);
    assert.match(second.stderr(), new RegExp(`port ${env.PORT} on 127.0.0.1 is taken`));
  });

  it('runs beside another one with a PORT and a DATA_DIR of its own', async () => {
    const second = runStart({ DATA_DIR: join(home, 'two'), PORT: String(await freePort()) });
    running.push(second);
    const others = await second.ready;
    for (const key of ['api', 'temporalUi', 'temporal', 'database'] as const) assert.notEqual(others[key], urls[key]);
    assert.equal((await fetch(`${others.api}/readyz`)).status, 200);
    second.child.kill('SIGINT');
    assert.equal(await second.ended, 0);
  });

  it('starts a killed worker and a killed API again', async () => {
    for (const main of ['src/worker.js imports', 'src/api.js']) {
      const before = await pidOf(main);
      process.kill(before, 'SIGKILL');
      await until(async () => ![before, undefined].includes(await pidOf(main).catch(() => undefined)));
    }
    await until(async () => (await fetch(`${urls.api}/readyz`).catch(() => null))?.status === 200);
  });

  it('stops every child within 15 s of a SIGTERM and leaves no process', async () => {
    const tree = await treeOf(stack.pid);
    const mains = ['/postgres ', 'start-dev', 'worker.js imports', 'worker.js bookings', 'api.js'];
    for (const main of mains)
      assert.ok(
        [...tree.values()].some((args) => args.includes(main)),
        `${main} runs`,
      );
    const started = Date.now();
    stack.child.kill('SIGTERM');
    assert.equal(await stack.ended, 0);
    assert.ok(Date.now() - started < 15_000, `it took ${Date.now() - started} ms`);
    assert.deepEqual(await survivors(tree), []);
    assert.match(await readFile(join(home, 'one', 'logs', 'postgres.log'), 'utf8'), /database system is shut down\n$/);
  });

  it('starts again at the same places with the same data', async () => {
    const { portal: _, ...places } = urls;
    await boot();
    const { portal: __, ...again } = urls;
    assert.deepEqual(again, places);
    await ask("UPDATE dealers SET dealer_name = 'renamed by hand'");
  });

  it('leaves no process when it is killed with -9', async () => {
    const tree = await treeOf(stack.pid);
    stack.child.kill('SIGKILL');
    await stack.ended;
    await until(async () => (await survivors(tree)).length === 0);
  });

  it('starts after that, with everything that was committed', async () => {
    await boot();
    assert.equal((await ask("SELECT 1 FROM dealers WHERE dealer_name <> 'renamed by hand'")).rowCount, 0);
  });

  it('clears away what a kill -9 leaves where the kernel does not end the servers with it', async () => {
    stack.child.kill('SIGTERM');
    await stack.ended;
    machine = await createFakeMachine();
    await machine.install('setpriv', 'exit 1');
    await boot({ PATH: `${machine.given.env.PATH}:${process.env.PATH}` });
    const tree = await treeOf(stack.pid);
    stack.child.kill('SIGKILL');
    await stack.ended;
    assert.ok(
      (await survivors(tree)).some((args) => args.includes('/postgres ')),
      'PostgreSQL runs on',
    );
    await boot();
    assert.deepEqual(await survivors(tree), []);
    assert.ok((await ask('SELECT 1 FROM dealers')).rowCount);
  });

  it('stops in order when the npm that runs it is killed with -9', async () => {
    stack.child.kill('SIGTERM');
    await stack.ended;
    // `npm test` is an npm too, and its variables would be taken for those of this one.
    const outer = Object.keys(process.env).filter((name) => name.startsWith('npm_'));
    const npm = runStart({ ...env, ...Object.fromEntries(outer.map((name) => [name, undefined])) }, ['npm', 'start']);
    running.push(npm);
    await npm.ready;
    const tree = await treeOf(npm.pid);
    npm.child.kill('SIGKILL');
    await npm.ended;
    assert.deepEqual(await survivors(tree), []);
    assert.match(await readFile(join(home, 'one', 'logs', 'postgres.log'), 'utf8'), /database system is shut down\n$/);
  });

  async function pidOf(main: string): Promise<number> {
    for (const [identity, args] of await treeOf(stack.pid)) {
      if (args.includes(main)) return Number(identity.split(' ')[0]);
    }
    throw new Error(`${main} does not run`);
  }

  async function ask(sql: string) {
    const client = new pg.Client({ connectionString: urls.database });
    await client.connect();
    return client.query(sql).finally(() => client.end());
  }
});

/** Polls a condition; the test's own timeout is the limit. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 100));
}
