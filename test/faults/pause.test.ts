import assert from 'node:assert/strict';
import { csvFile } from '../support/csv-file.ts';
import { call, getImport, untilEnded, upload } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

describe('an import that is paused before a worker has begun it', function () {
  this.timeout(120_000);
  let stack: Stack;
  before(async () => {
    stack = await withStack({ worker: false });
  });
  after(() => stack.close());

  it('is shown as paused, has read nothing, and is imported when it is resumed', async () => {
    const { id } = await upload(stack, csvFile(100));
    const path = `/api/admin/bookings/imports/${id}`;
    assert.equal((await call(stack, 'POST', `${path}/pause`)).status, 202);
    await stack.startWorker();
    await waitFor(async () => (await getImport(stack, id)).phase === 'paused');
    const { status, reason, totalRows } = await getImport(stack, id);
    assert.deepEqual([status, reason?.code, totalRows], ['PROCESSING', 'PAUSED_BY_ADMIN', 0]);
    assert.equal((await call(stack, 'POST', `${path}/resume`)).status, 202);
    assert.equal((await untilEnded(stack, id)).rows.created, 100);
  });
});
