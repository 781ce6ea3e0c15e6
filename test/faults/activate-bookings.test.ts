import assert from 'node:assert/strict';
import { loadConfig } from '../../src/config.ts';
import type { ImportView } from '../../src/domain/import.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { csvFile } from '../support/csv-file.ts';
import { openLifecycles } from '../support/lifecycles.ts';
import { call, getImport, untilEnded, upload } from '../support/rest.ts';
import { type Stack, type StackProcess, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const path = (id: string) => `/api/admin/bookings/imports/${id}`;

describe("an import's lifecycles", function () {
  this.timeout(120_000);
  let stack: Stack;
  let temporal: Temporal;
  let worker: StackProcess;
  before(async () => {
    stack = await withStack({ env: { LIFECYCLE_STARTS_PER_SECOND: '20' } });
    worker = await stack.startWorker('bookings', 'notifications');
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

  const lifecyclesOf = async (id: string) => (await getImport(stack, id)).lifecycles;
  const untilStarted = (id: string, count: number) =>
    waitFor(async () => (await lifecyclesOf(id)).started >= count, 60_000, 50);
  /** Running ones of an import, as an operator finds them. */
  const runningOf = async (id: string) =>
    (await temporal.client.workflow.count(`BookingImport = '${id}' and ExecutionStatus = 'Running'`)).count;
  const bookingOf = async (externalId: string) =>
    (await stack.store.rows<{ id: string }>('select id from bookings where external_id = $1', [externalId]))[0]?.id ??
    '';

  it('start at the set rate, each once, and go on after the worker was killed', async () => {
    const { id } = await upload(stack, csvFile(100, undefined, 'START'));
    const { lifecycles, completedAt } = await untilEnded(stack, id);
    assert.equal(lifecycles.due, 100);
    await untilStarted(id, 20);
    await worker.kill();
    assert.ok((await lifecyclesOf(id)).started < 100);
    worker = await stack.startWorker('bookings', 'notifications');
    await untilStarted(id, 100);
    // No earlier than the rate allows: a hundred at twenty a second, the first second's worth in advance.
    assert.ok(Date.now() - Date.parse(completedAt ?? '') > 3_900);
    assert.deepEqual(await lifecyclesOf(id), { due: 100, started: 100 });
    await waitFor(async () => (await runningOf(id)) === 100, 30_000, 100);
  });

  it('start by the reconcile when whoever should have started them is gone', async () => {
    const { id } = await upload(stack, csvFile(40, undefined, 'LOST'));
    await untilEnded(stack, id);
    await untilStarted(id, 20);
    await worker.kill();
    await temporal.client.workflow.getHandle(`activate-${id}-1`).terminate('by mistake');
    assert.ok((await lifecyclesOf(id)).started < 40);
    worker = await stack.startWorker('bookings', 'notifications');
    await waitFor(
      async () => {
        await stack.store.run(
          `update lifecycle_walks set updated_at = now() - interval '61 seconds' where import_id = $1`,
          [id],
        );
        await temporal.client.schedule.getHandle('reconcile').trigger();
        return (await lifecyclesOf(id)).started === 40;
      },
      60_000,
      500,
    );
  });

  it('end when the import is undone, but for the booking that somebody has changed', async () => {
    const { id } = await upload(stack, csvFile(30, undefined, 'UNDO'));
    await untilEnded(stack, id);
    await untilStarted(id, 30);
    await waitFor(async () => (await runningOf(id)) === 30, 30_000, 100);
    const kept = await bookingOf('UNDO-000007');
    const lifecycles = openLifecycles(temporal.client, stack.store);
    await lifecycles.send(kept, { kind: 'addNote', note: 'called' });
    const { status, body } = await call<ImportView>(stack, 'POST', `${path(id)}/undo`);
    assert.deepEqual([status, body.undo?.removed, body.undo?.kept], [200, 29, 1]);
    assert.deepEqual(
      body.undo?.keptBookings.map(({ bookingId }) => bookingId),
      [kept],
    );
    await waitFor(async () => (await runningOf(id)) === 1, 30_000, 100);
    assert.equal((await lifecycles.ask(kept, 5_000))?.status, 'PENDING');
    const again = await call<{ code: string; allowed: string[] }>(stack, 'POST', `${path(id)}/undo`);
    assert.deepEqual([again.status, again.body.code, again.body.allowed], [409, 'ALREADY_UNDONE', []]);
    const next = await upload(stack, csvFile(30, undefined, 'UNDO'));
    const { rows } = await untilEnded(stack, next.id);
    assert.deepEqual([rows.created, rows.skipped], [29, 1]);
  });
});
