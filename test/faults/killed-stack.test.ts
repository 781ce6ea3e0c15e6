import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/embedded/free-port.ts';
import {
  askDatabase,
  callImports,
  countImported,
  runStart,
  type StackProcess,
  treeOf,
} from '../embedded/stack-process.ts';
import { csvFile } from '../support/csv-file.ts';
import { uploadForm } from '../support/rest.ts';
import { waitFor } from '../support/wait-for.ts';

const ROWS = 10_000;

describe('a stack whose every process is killed with -9 in the midst of an import', function () {
  this.timeout(240_000);
  let home: string;
  let stack: StackProcess;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'booking-import-killed-'));
    await chmod(home, 0o755);
  });
  after(async () => {
    stack?.child.kill('SIGTERM');
    await stack?.ended;
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('finishes the import by itself after the next start, with every booking once', async () => {
    const env = { DATA_DIR: join(home, 'data'), PORT: String(await freePort()), IMPORT_CHUNK_ROWS: '20' };
    stack = runStart(env);
    let urls = await stack.ready;
    const body = uploadForm(new Blob([csvFile(ROWS)]));
    const { id } = await callImports(urls, '/import', { method: 'POST', body });
    const written = async () =>
      (await askDatabase<{ n: number }>(urls, 'select count(*)::int as n from booking_import_ledger')).n;
    await waitFor(async () => (await written()) >= 20);

    for (const identity of (await treeOf(stack.pid)).keys()) killNow(Number(identity.split(' ')[0]));
    await stack.ended;
    const killedAt = new Date().toISOString();
    stack = runStart(env);
    urls = await stack.ready;

    let view = await callImports(urls, `/imports/${id}`);
    await waitFor(async () => {
      view = await callImports(urls, `/imports/${id}`);
      return view.phase === 'done';
    }, 120_000);
    assert.deepEqual([view.status, view.rows.created, view.rows.notAttempted], ['COMPLETED', ROWS, 0]);
    const sides = await askDatabase(
      urls,
      `select bool_or(written_at < '${killedAt}') as before, bool_or(written_at > '${killedAt}') as after
       from booking_import_ledger`,
    );
    assert.deepEqual(sides, { before: true, after: true }, 'it was killed in the midst of the import');
    const counted = await countImported(urls, id);
    assert.deepEqual(counted, { n: ROWS, ids: ROWS, audits: ROWS });
  });
});

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Its parent's end has taken it along.
  }
}
