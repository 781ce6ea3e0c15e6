import assert from 'node:assert/strict';
import type { ImportView } from '../../src/domain/import.ts';
import { csvFile } from '../support/csv-file.ts';
import { call, getImport, untilChunksWritten, untilEnded, upload } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';

const path = (id: string) => `/api/admin/bookings/imports/${id}`;

describe('cancelling an import', function () {
  this.timeout(120_000);
  let stack: Stack;
  beforeEach(async () => {
    stack = await withStack({ env: { IMPORT_CHUNK_ROWS: '20' } });
  });
  afterEach(() => stack.close());

  const countBookings = async () =>
    (await stack.store.rows<{ n: number }>('select count(*)::int as n from bookings'))[0]?.n;

  it('in mid-chunk writes not one more row after the answer, and accounts for each row', async () => {
    const { id } = await upload(stack, csvFile(20_000));
    await untilChunksWritten(stack, id, 5);
    const { status, body } = await call<ImportView>(stack, 'DELETE', path(id));
    const atTheAnswer = await countBookings();
    assert.deepEqual([status, body.status, body.phase], [200, 'CANCELLED', 'done']);
    assert.equal(body.rows.created, atTheAnswer);
    assert.equal(body.rows.created + body.rows.notAttempted, 20_000);
    // A new import through the same worker has come to its end: whatever was in flight has ended long since.
    await untilEnded(stack, (await upload(stack, csvFile(100, undefined, 'NEXT'))).id);
    assert.equal(await countBookings(), (atTheAnswer ?? 0) + 100);
  });

  it('twice, and after the end, answers 409 and changes nothing', async () => {
    const { id } = await upload(stack, csvFile(5_000));
    const both = await Promise.all([call(stack, 'DELETE', path(id)), call(stack, 'DELETE', path(id))]);
    assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 409]);
    const done = await untilEnded(stack, (await upload(stack, csvFile(10, undefined, 'NEXT'))).id);
    const late = await call<{ code: string; status: string }>(stack, 'DELETE', path(done.id));
    assert.deepEqual([late.status, late.body.code], [409, 'IMPORT_ENDED']);
    assert.equal((await getImport(stack, done.id)).status, 'COMPLETED');
  });

  it('works with no worker alive, and what was cancelled can be retried to the end', async () => {
    const { id } = await upload(
      stack,
      csvFile(8_000, (row, n) => (n % 1000 === 0 ? row.with(1, 'X') : row)),
    );
    await untilChunksWritten(stack, id, 5);
    await stack.worker?.kill();
    const { status, body } = await call<ImportView>(stack, 'DELETE', path(id));
    assert.deepEqual([status, body.status], [200, 'CANCELLED']);
    assert.ok(body.rows.notAttempted > 0);
    await stack.startWorker();
    assert.equal((await call(stack, 'POST', `${path(id)}/retry`)).status, 202);
    const ended = await untilEnded(stack, id);
    assert.equal(ended.status, 'COMPLETED');
    assert.deepEqual(ended.rows, { created: 7_992, updated: 0, skipped: 0, failed: 8, notAttempted: 0, warned: 0 });
    assert.equal(await countBookings(), 7_992);
  });
});
