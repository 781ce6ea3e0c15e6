import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/embedded/free-port.ts';
import type { StackUrls } from '../../src/embedded/supervisor.ts';
import {
  askDatabase,
  callImports,
  countImported,
  pidIn,
  runStart,
  type StackProcess,
} from '../embedded/stack-process.ts';
import { csvFile } from '../support/csv-file.ts';
import { uploadForm } from '../support/rest.ts';
import { waitFor } from '../support/wait-for.ts';

const ROWS = 10_000;
const CHUNK_ROWS = 20;
/** `npm run test:long` keeps Temporal away for five minutes. */
const AWAY_MS = Number(process.env.AWAY_SECONDS ?? 12) * 1000;

describe('a server of the stack that goes away in the midst of an import', function () {
  this.timeout(180_000 + 2 * AWAY_MS);
  let home: string;
  let stack: StackProcess;
  let urls: StackUrls;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'booking-import-servers-'));
    await chmod(home, 0o755);
    stack = runStart({
      DATA_DIR: join(home, 'data'),
      PORT: String(await freePort()),
      IMPORT_CHUNK_ROWS: String(CHUNK_ROWS),
    });
    urls = await stack.ready;
  });
  after(async () => {
    stack?.child.kill('SIGTERM');
    await stack?.ended;
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const chunksOf = async (id: string) =>
    (
      await askDatabase<{ n: number }>(
        urls,
        `select count(*)::int as n from booking_import_ledger where import_id = '${id}'`,
      )
    ).n;

  async function uploadAndWaitForTheMidst(prefix: string): Promise<string> {
    const body = uploadForm(new Blob([csvFile(ROWS, undefined, prefix)]));
    const { id } = await callImports(urls, '/import', { method: 'POST', body });
    await waitFor(async () => (await chunksOf(id)) >= 10);
    return id;
  }

  async function untilWhole(id: string): Promise<void> {
    await waitFor(async () => (await callImports(urls, `/imports/${id}`).catch(() => null))?.phase === 'done', 120_000);
    const { status, rows } = await callImports(urls, `/imports/${id}`);
    assert.deepEqual([status, rows.created, rows.notAttempted], ['COMPLETED', ROWS, 0]);
    assert.deepEqual(await countImported(urls, id), { n: ROWS, ids: ROWS, audits: ROWS });
  }

  it('Postgres, killed with -9 twice, comes back, and the import goes on by itself to every booking once', async () => {
    const id = await uploadAndWaitForTheMidst('PG');
    for (const wanted of [0.2, 0.5]) {
      await waitFor(async () => (await chunksOf(id).catch(() => 0)) >= (wanted * ROWS) / CHUNK_ROWS, 60_000);
      const before = await pidIn(stack.pid, 'native/bin/postgres -D');
      process.kill(before, 'SIGKILL');
      await waitFor(async () => {
        const now = await pidIn(stack.pid, 'native/bin/postgres -D').catch(() => before);
        return now !== before && (await chunksOf(id).catch(() => -1)) >= 0;
      }, 60_000);
    }
    assert.ok((await chunksOf(id)) < ROWS / CHUNK_ROWS, 'it was killed in the midst of the import');
    await untilWhole(id);
  });

  it('Temporal, frozen for a while and then killed with -9, keeps no status from being told, and the import goes on', async () => {
    const id = await uploadAndWaitForTheMidst('TEMPORAL');
    const temporal = await pidIn(stack.pid, 'server start-dev');
    process.kill(temporal, 'SIGSTOP');
    const until = Date.now() + AWAY_MS;
    let asked = 0;
    await waitFor(async () => {
      const began = performance.now();
      assert.equal((await callImports(urls, `/imports/${id}`)).status, 'PROCESSING');
      assert.ok(performance.now() - began < 5_000, 'the status is told while Temporal is away');
      asked += 1;
      return Date.now() >= until;
    }, AWAY_MS + 20_000);
    assert.ok(asked > 1);
    process.kill(temporal, 'SIGKILL');
    await untilWhole(id);
  });
});
