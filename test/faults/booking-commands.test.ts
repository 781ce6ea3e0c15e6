import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { loadConfig } from '../../src/config.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { ASHA, addAdvisors, addBooking, trailOf } from '../support/bookings.ts';
import { type Lifecycles, openLifecycles } from '../support/lifecycles.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { call } from '../support/rest.ts';
import { type Stack, type StackProcess, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const START: BookingWish = { kind: 'changeStatus', status: 'IN_PROGRESS' };
const COMPLETE: BookingWish = { kind: 'changeStatus', status: 'COMPLETED' };
const NOTE: BookingWish = { kind: 'addNote', note: 'still there' };

describe('a change of a booking', function () {
  this.timeout(120_000);
  let stack: Stack;
  let temporal: Temporal;
  let lifecycles: Lifecycles;
  let worker: StackProcess | undefined;
  before(async () => {
    quietRuntime();
    stack = await withStack({ worker: false });
    await addAdvisors(stack.store);
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
    lifecycles = openLifecycles(temporal.client, stack.store);
    // Once, for the search attributes and the schedule.
    await (await stack.startWorker('bookings', 'notifications')).stop();
  });
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

  const assigned = () =>
    addBooking(stack.store, {
      status: 'ASSIGNED',
      advisorId: ASHA.id,
      statusSince: new Date(Date.now() - 86_400_000).toISOString(),
    });
  const rowOf = async (id: string) =>
    (await stack.store.rows('select status, version from bookings where id = $1', [id]))[0];
  const actionsOf = async (id: string) => (await trailOf(stack.store, id)).map(({ action }) => action);

  it('is made once, and answered from the store, when its worker dies between commit and acknowledgement', async () => {
    const id = await assigned();
    const dying = fork(join(import.meta.dirname, 'dying-worker.ts'), { env: stack.env, execArgv: ['--import', 'tsx'] });
    const died = once(dying, 'exit');
    await once(dying, 'message');
    const answer = lifecycles.send(id, START);
    assert.deepEqual(await died, [null, 'SIGKILL']);
    assert.deepEqual(
      [await rowOf(id), await actionsOf(id)],
      [{ status: 'IN_PROGRESS', version: 2 }, ['STATUS_CHANGED']],
    );
    worker = await stack.startWorker('bookings', 'notifications');
    assert.deepEqual(await answer, { ok: true, status: 'IN_PROGRESS', version: 2 });
    assert.deepEqual(
      [await rowOf(id), await actionsOf(id)],
      [{ status: 'IN_PROGRESS', version: 2 }, ['STATUS_CHANGED']],
    );
  });

  it('is answered within 4 s after the worker of its booking was killed, when another one runs', async () => {
    const id = await assigned();
    const doomed = await stack.startWorker('bookings', 'notifications');
    await lifecycles.send(id, START);
    worker = await stack.startWorker('bookings', 'notifications');
    await doomed.kill();
    const began = Date.now();
    assert.deepEqual(await lifecycles.send(id, NOTE), { ok: true, status: 'IN_PROGRESS', version: 3 });
    assert.ok(Date.now() - began < 4_000, `${Date.now() - began} ms`);
  });

  it('is accepted while no worker runs, and made as soon as one does', async () => {
    const id = await assigned();
    const path = `/api/admin/bookings/${id}/status`;
    const answer = await call<{ state: string }>(stack, 'PATCH', path, { status: 'IN_PROGRESS' });
    assert.deepEqual([answer.status, answer.body.state], [202, 'ACCEPTED']);
    assert.deepEqual(await rowOf(id), { status: 'ASSIGNED', version: 1 });
    worker = await stack.startWorker('bookings', 'notifications');
    await waitFor(async () => (await actionsOf(id)).length === 1);
    assert.deepEqual(await rowOf(id), { status: 'IN_PROGRESS', version: 2 });
  });

  it('that was stored and never sent is handed over by the reconcile', async () => {
    const id = await assigned();
    const commandId = await lifecycles.store(id, START);
    await stack.store.run(`update booking_commands set created_at = now() - interval '61 seconds' where id = $1`, [
      commandId,
    ]);
    worker = await stack.startWorker('bookings', 'notifications');
    await temporal.client.schedule.getHandle('reconcile').trigger();
    await waitFor(async () => (await rowOf(id))?.status === 'IN_PROGRESS');
    assert.deepEqual(await actionsOf(id), ['STATUS_CHANGED']);
  });

  it('by signals that arrive together is made in the order in which things happened, each once', async () => {
    const id = await assigned();
    const [earlier, later] = [new Date(Date.now() - 7_200_000), new Date(Date.now() - 3_600_000)].map((at) =>
      at.toISOString(),
    );
    const completed = await lifecycles.store(id, COMPLETE, { occurredAt: later ?? null, respondAsync: true });
    const started = await lifecycles.store(id, START, { occurredAt: earlier ?? null, respondAsync: true });
    for (let n = 0; n < 3; n += 1) {
      await lifecycles.hand({ bookingId: id, commandId: completed, occurredAt: later ?? '' });
      await lifecycles.hand({ bookingId: id, commandId: started, occurredAt: earlier ?? '' });
    }
    worker = await stack.startWorker('bookings', 'notifications');
    await waitFor(async () => (await rowOf(id))?.status === 'COMPLETED');
    assert.deepEqual(
      [await rowOf(id), await actionsOf(id)],
      [{ status: 'COMPLETED', version: 3 }, ['STATUS_CHANGED', 'STATUS_CHANGED']],
    );
  });

  it('that is late by a signal is refused, and told in the trail', async () => {
    const id = await assigned();
    worker = await stack.startWorker('bookings', 'notifications');
    await lifecycles.send(id, START);
    const occurredAt = new Date(Date.now() - 3_600_000).toISOString();
    const late = await lifecycles.store(id, COMPLETE, { occurredAt, respondAsync: true });
    await lifecycles.hand({ bookingId: id, commandId: late, occurredAt });
    await waitFor(async () => (await actionsOf(id)).length === 2);
    const refusal = (await trailOf(stack.store, id)).at(-1);
    assert.deepEqual([refusal?.action, refusal?.is?.code], ['REFUSED', 'STATUS_OUTDATED']);
    assert.deepEqual(refusal?.is?.allowed, ['COMPLETED', 'RESCHEDULED', 'CANCELLED']);
  });

  it('finds or starts a run of its booking while that one closes and opens a hundred times', async () => {
    worker = await stack.startWorker('bookings', 'notifications');
    const id = await addBooking(stack.store, { status: 'COMPLETED' });
    // Each note finds no run, a run that is about to close, or one that just closed.
    const answers = await Promise.all(Array.from({ length: 6 }, () => notes(id, 15)));
    assert.deepEqual(
      answers.flat().sort((a, b) => a - b),
      Array.from({ length: 90 }, (_, n) => n + 2),
    );
    assert.equal((await actionsOf(id)).length, 90);
  });

  it('is answered though forty are sent at once, and ten are what a workflow takes', async () => {
    worker = await stack.startWorker('bookings', 'notifications');
    const id = await assigned();
    const answers = await Promise.all(Array.from({ length: 40 }, () => lifecycles.send(id, NOTE)));
    const versions = answers.map((answer) => answer !== 'UNKNOWN' && answer.ok && answer.version);
    assert.equal(new Set(versions).size, 40);
    assert.deepEqual(await rowOf(id), { status: 'ASSIGNED', version: 41 });
  });

  it('is repeated by the client itself while the tasks of its workflow fail', async () => {
    const connection = await NativeConnection.connect({ address: stack.temporal.address });
    const failing = await Worker.create({
      connection,
      namespace: stack.temporal.namespace,
      taskQueue: 'bookings',
      workflowsPath: join(import.meta.dirname, 'failing-lifecycle', 'workflow.ts'),
    });
    const well = Date.now() + 1_500;
    const sent = { bookingId: `well-${well}`, commandId: 'C1', kind: 'changeStatus' } as const;
    const answer = await failing.runUntil(() => lifecycles.apply(sent, 20_000));
    await connection.close();
    assert.deepEqual(answer, { ok: true, status: 'IN_PROGRESS', version: 2 });
    assert.ok(Date.now() >= well, 'its tasks had failed before');
    // What stands in for it would only fail the tests to come.
    await temporal.client.workflow.getHandle(`booking-${sent.bookingId}`).terminate();
  });

  async function notes(id: string, count: number): Promise<number[]> {
    const versions: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const answer = await lifecycles.send(id, NOTE);
      assert.ok(answer !== 'UNKNOWN' && answer.ok, JSON.stringify(answer));
      versions.push(answer.version);
    }
    return versions;
  }
});
