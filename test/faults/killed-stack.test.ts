import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { ImportView } from '../../src/domain/import.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import type { StackUrls } from '../../src/embedded/supervisor.ts';
import { runStart, type StackProcess, treeOf } from '../embedded/stack-process.ts';
import { csvFile } from '../support/csv-file.ts';
import { uploadForm } from '../support/rest.ts';
import { waitFor } from '../support/wait-for.ts';

const ROWS = 10_000;
const IMPORTS = '/api/admin/bookings';

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

  const call = async (urls: StackUrls, path: string, init: RequestInit = {}): Promise<ImportView> => {
    const headers = { authorization: `Bearer ${urls.portal.split('#token=')[1]}` };
    return (await fetch(`${urls.api}${IMPORTS}${path}`, { ...init, headers })).json() as Promise<ImportView>;
  };
  const ask = async <T extends object>(urls: StackUrls, sql: string): Promise<T> => {
    const client = new pg.Client(urls.database);
    await client.connect();
    const { rows } = await client.query<T>(sql).finally(() => client.end());
    return rows[0] as T;
  };

  it('finishes the import by itself after the next start, with every booking once', async () => {
    const env = { DATA_DIR: join(home, 'data'), PORT: String(await freePort()), IMPORT_CHUNK_ROWS: '20' };
    stack = runStart(env);
    let urls = await stack.ready;
    const body = uploadForm(new Blob([csvFile(ROWS)]));
    const { id } = await call(urls, '/import', { method: 'POST', body });
    const written = async () =>
      (await ask<{ n: number }>(urls, 'select count(*)::int as n from booking_import_ledger')).n;
    await waitFor(async () => (await written()) >= 20);

    for (const identity of (await treeOf(stack.pid)).keys()) killNow(Number(identity.split(' ')[0]));
    await stack.ended;
    stack = runStart(env);
    urls = await stack.ready;
    assert.ok((await written()) < ROWS / 20, 'it was killed in the midst of the import');

    let view = await call(urls, `/imports/${id}`);
    await waitFor(async () => {
      view = await call(urls, `/imports/${id}`);
      return view.phase === 'done';
    }, 120_000);
    assert.deepEqual([view.status, view.rows.created, view.rows.notAttempted], ['COMPLETED', ROWS, 0]);
    const counted = await ask(
      urls,
      `select count(*)::int as n, count(distinct external_id)::int as ids,
      (select count(*)::int from booking_audit_logs where action = 'IMPORTED' and change_reason like '%${id}') as audits
      from bookings where import_id = '${id}'`,
    );
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
