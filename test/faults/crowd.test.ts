import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportView } from '../../src/domain/import.ts';
import { csvFile } from '../support/csv-file.ts';
import { type Answer, uploadForm } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const CLIENTS = 200;
const ROWS = 20;
const RUNNING = 4;

type Uploaded = Answer<ImportView & { code?: string }>;

describe('two hundred clients that upload at once', function () {
  this.timeout(180_000);
  let stack: Stack;
  beforeEach(async () => {
    stack = await withStack();
  });
  afterEach(() => stack.close());

  const send = async (token: string, file: string): Promise<Uploaded> => {
    const response = await fetch(`${stack.apiUrl}/api/admin/bookings/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: uploadForm(new Blob([file])),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Uploaded['body'] };
  };
  const sendAll = (tokens: string[]): Promise<Uploaded[]> =>
    Promise.all(
      Array.from({ length: CLIENTS }, (_, n) =>
        send(tokens[n % tokens.length] ?? '', csvFile(ROWS, undefined, `C${n}`)),
      ),
    );
  /** How long the process takes to say that it is alive, meanwhile: the median, in milliseconds. */
  const timeToAnswer = async (meanwhile: Promise<unknown>): Promise<number> => {
    const times: number[] = [];
    let over = false;
    void meanwhile.finally(() => {
      over = true;
    });
    while (!over) {
      const start = performance.now();
      assert.equal((await fetch(`${stack.apiUrl}/healthz`)).status, 200);
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[times.length >> 1] ?? Number.POSITIVE_INFINITY;
  };
  /** Each is accepted or told when to come again, and what is kept is what was accepted. */
  const judge = async (answers: Uploaded[]): Promise<number> => {
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(accepted.length + refused.length, CLIENTS, JSON.stringify(answers.map(({ status }) => status)));
    for (const { headers, body } of refused) {
      assert.ok(Number(headers.get('retry-after')) > 0);
      assert.match(body.code ?? '', /^(TOO_MANY_IMPORTS|TOO_MANY_UPLOADS)$/);
    }
    const ids = accepted.map(({ body }) => body.id).sort();
    assert.deepEqual(
      await stack.store.rows('select id from booking_imports order by id'),
      ids.map((id) => ({ id })),
    );
    const spool = join(tmpdir(), `booking-import-uploads-${stack.api.pid}`);
    assert.deepEqual(await readdir(spool), []);
    return accepted.length;
  };
  const unfinished = async (): Promise<number> => {
    const [found] = await stack.store.rows<{ n: number }>(
      `select count(*)::int as n from booking_imports where status in ('PENDING', 'PROCESSING')`,
    );
    return found?.n ?? 0;
  };
  const mostRunning = async (): Promise<number> => {
    const [found] = await stack.store.rows<{ n: number }>(
      `select coalesce(max(n), 0)::int as n from (
         select count(*) as n from booking_imports
         where status in ('PENDING', 'PROCESSING') and queued_at is null group by admin_id) running`,
    );
    return found?.n ?? 0;
  };
  const untilAllEnded = async (): Promise<number> => {
    let most = 0;
    await waitFor(
      async () => {
        most = Math.max(most, await mostRunning());
        return (await unfinished()) === 0;
      },
      120_000,
      100,
    );
    return most;
  };
  const outcome = () =>
    stack.store.rows(
      `select count(*)::int as imports, sum(successful_rows)::int as rows,
         (select count(*)::int from bookings) as bookings from booking_imports where status = 'COMPLETED'`,
    );

  it('as one admin are accepted or told to come again, and all that was accepted is imported', async () => {
    const uploading = sendAll([stack.adminToken]);
    const median = await timeToAnswer(uploading);
    const accepted = await judge(await uploading);
    assert.ok(accepted >= 20, `${accepted} were accepted`);
    assert.ok(median < 1_000, `/healthz took ${median} ms`);
    assert.ok((await untilAllEnded()) <= RUNNING);
    assert.deepEqual(await outcome(), [{ imports: accepted, rows: accepted * ROWS, bookings: accepted * ROWS }]);
  });

  it('can be one client as well, with a hundred small files one after the other: all are taken', async () => {
    for (let n = 0; n < 100; n += 1) {
      const { status, body } = await send(stack.adminToken, csvFile(10, undefined, `F${n}`));
      assert.equal(status, 202, JSON.stringify(body));
    }
    assert.ok((await untilAllEnded()) <= RUNNING);
    assert.deepEqual(await outcome(), [{ imports: 100, rows: 1_000, bookings: 1_000 }]);
  });

  it('as forty admins are bounded by what the process takes in, and each may have its own running', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 40 }, (_, n) => stack.token({ sub: `admin-${n}`, role: 'admin' })),
    );
    const uploading = sendAll(tokens);
    const median = await timeToAnswer(uploading);
    const accepted = await judge(await uploading);
    assert.ok(accepted >= 20, `${accepted} were accepted`);
    assert.ok(median < 1_000, `/healthz took ${median} ms`);
    assert.ok((await untilAllEnded()) <= RUNNING);
    assert.deepEqual(await outcome(), [{ imports: accepted, rows: accepted * ROWS, bookings: accepted * ROWS }]);
  });
});
