import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../src/embedded/free-port.ts';
import { signToken } from '../../src/local-keys.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { testLines } from '../support/test-logs.ts';
import { waitFor } from '../support/wait-for.ts';
import { BOUNDARY, filePart, openRaw, readAnswer, requestHead } from './raw-client.ts';
import { AUTH } from './running-api.ts';

const MAIN = join(import.meta.dirname, '../../src/api.ts');
const CSV = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';

describe('the API process', function () {
  this.timeout(60_000);
  let directory: string;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let child: ChildProcess | undefined;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'api-process-'));
    database = await createTestDatabase();
  });
  afterEach(() => child?.kill('SIGKILL'));
  after(async () => {
    await database.drop();
    await rm(directory, { recursive: true });
  });

  const spawnApi = (env: Record<string, string>) => {
    const { PATH = '', HOME = '' } = process.env;
    const log = { output: '' };
    const started = fork(MAIN, {
      execArgv: ['--import', 'tsx'],
      env: { PATH, HOME, TMPDIR: directory, DATA_DIR: directory, LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [started.stdout, started.stderr])
      stream?.on('data', (text) => {
        log.output += text;
        testLines('api-process', text);
      });
    child = started;
    return { api: started, exited: once(started, 'exit') as Promise<[number | null, string | null]>, log };
  };
  /** Without Temporal: it must come up, and serve, all the same. */
  const startApi = async (env: Record<string, string> = {}) => {
    const port = await freePort();
    const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const running = spawnApi({ PORT: String(port), DATABASE_URL: database.url, ...nowhere, ...env });
    const [message] = await once(running.api, 'message');
    assert.equal(message, 'ready');
    const token = await signToken({ dataDir: directory, auth: AUTH }, { sub: 'alice', role: 'admin' });
    return { ...running, port, url: `http://127.0.0.1:${port}`, headers: { Authorization: `Bearer ${token}` } };
  };

  async function accessedRoutes(): Promise<string[]> {
    const client = new pg.Client({ connectionString: database.ownerUrl });
    await client.connect();
    const { rows } = await client.query('select route, status from access_log').finally(() => client.end());
    return rows.map(({ route, status }) => `${route} ${status}`);
  }

  it('comes up and serves while Temporal is away', async () => {
    const { url, headers, exited, api } = await startApi();
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 503);
    const form = new FormData();
    form.append('file', new Blob([CSV]), 'a.csv');
    const preview = await fetch(`${url}/api/admin/bookings/preview`, { method: 'POST', headers, body: form });
    assert.equal(((await preview.json()) as { totalRows: number }).totalRows, 1);
    api.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });

  it('takes no file in while the clamd of CLAMD_URL is away', async () => {
    const { url, headers, log } = await startApi({ CLAMD_URL: `tcp://127.0.0.1:${await freePort()}` });
    const form = new FormData();
    form.append('file', new Blob([CSV]), 'a.csv');
    const preview = await fetch(`${url}/api/admin/bookings/preview`, { method: 'POST', headers, body: form });
    assert.equal(((await preview.json()) as { code: string }).code, 'SCAN_UNAVAILABLE');
    await waitFor(() => log.output.includes('clamd gave no verdict'));
  });

  it('on SIGTERM ends its streams, finishes what is in flight, and leaves nothing', async () => {
    const { url, port, headers, exited, api, log } = await startApi();
    const form = new FormData();
    form.append('file', new Blob([CSV]), 'a.csv');
    const made = await fetch(`${url}/api/admin/bookings/import`, { method: 'POST', headers, body: form });
    const { id } = (await made.json()) as { id: string };
    const stream = await fetch(`${url}/api/admin/bookings/imports/${id}/progress`, { headers });
    let told = '';
    const ended = stream.body?.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream<string>({
        write: (part) => {
          told += part;
        },
      }),
    );
    await waitFor(async () => told.includes('"status":"PENDING"'));
    const slow = await openRaw(port);
    const end = `\r\n--${BOUNDARY}--\r\n`;
    const rest = `Bob,DLR001,2027-01-02\n`;
    const length = Buffer.byteLength(filePart(CSV) + rest + end);
    slow.write(requestHead('/api/admin/bookings/validate', { ...headers, 'Content-Length': length }) + filePart(CSV));
    const answered = readAnswer(slow);
    const spool = join(directory, `booking-import-uploads-${api.pid}`);
    await waitFor(async () => (await readdir(spool)).length === 1);
    api.kill('SIGTERM');
    await waitFor(() => log.output.includes('the API stops'));
    await ended;
    await assert.rejects(fetch(`${url}/healthz`), 'no new connections');
    slow.write(rest + end);
    assert.match(await answered, /^HTTP\/1.1 202 /);
    assert.deepEqual(await exited, [0, null]);
    assert.ok(!existsSync(spool));
    assert.ok((await accessedRoutes()).includes('/api/admin/bookings/validate 202'), 'the last access is written');
  });

  it('ends by itself when the process that started it is gone', async () => {
    const { exited, api } = await startApi();
    api.disconnect();
    assert.deepEqual(await exited, [0, null]);
  });

  it('removes the uploads that a killed process left behind', async () => {
    const first = await startApi();
    first.api.kill('SIGKILL');
    await first.exited;
    const left = join(directory, `booking-import-uploads-${first.api.pid}`);
    assert.ok(existsSync(left));
    await startApi();
    assert.ok(!existsSync(left));
  });

  it('says what is wrong and ends when it is not configured, or its port is taken', async () => {
    const unset = spawnApi({});
    assert.deepEqual(await unset.exited, [78, null]);
    assert.match(unset.log.output, /DATABASE_URL/);
    const { port } = await startApi();
    const first = child;
    const taken = spawnApi({ PORT: String(port), DATABASE_URL: database.url, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    assert.deepEqual(await taken.exited, [1, null]);
    assert.match(taken.log.output, new RegExp(`cannot listen on 127.0.0.1:${port}`));
    first?.kill('SIGKILL');
  });
});
