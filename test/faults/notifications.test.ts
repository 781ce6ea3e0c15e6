import assert from 'node:assert/strict';
import { loadConfig } from '../../src/config.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import type { Mended } from '../../src/domain/reconcile.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { ASHA, addAdvisors, addBooking } from '../support/bookings.ts';
import { type Lifecycles, openLifecycles } from '../support/lifecycles.ts';
import { addNotification } from '../support/notifications.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { call } from '../support/rest.ts';
import { type Stack, type StackProcess, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const START: BookingWish = { kind: 'changeStatus', status: 'IN_PROGRESS' };
const NOTE: BookingWish = { kind: 'addNote', note: 'still there' };
// By their numbers in Temporal's protocol: its enumeration isn't part of the client's package.
const [WORKFLOWS, ACTIVITIES] = [1, 2];

describe('a notification', function () {
  this.timeout(120_000);
  let stack: Stack;
  let temporal: Temporal;
  let lifecycles: Lifecycles;
  let teller: StackProcess | undefined;
  before(async () => {
    quietRuntime();
    stack = await withStack({ worker: false });
    await addAdvisors(stack.store);
    await stack.startWorker('bookings');
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
    lifecycles = openLifecycles(temporal.client, stack.store);
  });
  afterEach(async () => {
    await teller?.stop();
    teller = undefined;
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

  const assigned = () => addBooking(stack.store, { status: 'ASSIGNED', advisorId: ASHA.id });
  const feedOf = async (id: string) => {
    type Feed = { items: { bookingId: string; kind: string }[] };
    const { body } = await call<Feed>(stack, 'GET', '/api/notifications?limit=200');
    return body.items.filter(({ bookingId }) => bookingId === id).map(({ kind }) => kind);
  };
  const waitingOf = async (id: string) =>
    (await stack.store.rows('select from notifications where booking_id = $1 and delivered_at is null', [id])).length;

  it('is told a moment after a change, and waits for the worker that tells', async () => {
    const id = await assigned();
    assert.deepEqual(await lifecycles.send(id, START), { ok: true, status: 'IN_PROGRESS', version: 2 });
    assert.deepEqual([await feedOf(id), await waitingOf(id)], [[], 1]);
    teller = await stack.startWorker('notifications');
    await waitFor(async () => (await waitingOf(id)) === 0);
    assert.deepEqual(await feedOf(id), ['STATUS_CHANGED']);
    await lifecycles.send(id, NOTE);
    await waitFor(async () => (await feedOf(id)).length === 2, 2_000);
  });

  it('takes a worker that polls for activities alone', async () => {
    const pollersOf = async (taskQueueType: number) => {
      const { workflowService, options } = temporal.client;
      const taskQueue = { name: 'notifications' };
      const found = await workflowService.describeTaskQueue({ namespace: options.namespace, taskQueue, taskQueueType });
      return found.pollers?.length ?? 0;
    };
    // The server remembers for minutes who has polled.
    const before = await pollersOf(ACTIVITIES);
    teller = await stack.startWorker('notifications');
    await waitFor(async () => (await pollersOf(ACTIVITIES)) > before);
    assert.equal(await pollersOf(WORKFLOWS), 0);
  });

  it('is told once though the worker that tells it is killed in the midst of it', async () => {
    const doomed = await stack.startWorker('notifications');
    const id = await assigned();
    // Whoever holds the feed keeps all others from telling.
    const holding = await stack.store.db.transaction();
    await stack.store.db.query(`select pg_advisory_xact_lock(hashtextextended('booking-import:feed', 0))`, {
      transaction: holding,
    });
    await lifecycles.send(id, START);
    const locked = `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    await waitFor(async () => (await stack.store.rows(locked)).length === 1);
    await doomed.kill();
    await holding.commit();
    await lifecycles.send(id, NOTE);
    teller = await stack.startWorker('notifications');
    await waitFor(async () => (await waitingOf(id)) === 0, 40_000);
    assert.deepEqual(await feedOf(id), ['NOTE_ADDED', 'STATUS_CHANGED']);
  });

  it('is handed from a run that is full to the next, while nobody tells it', async () => {
    const id = await assigned();
    await lifecycles.send(id, NOTE);
    const runOf = async () => (await temporal.client.workflow.getHandle(bookingWorkflowId(id)).describe()).runId;
    const first = await runOf();
    let sent = 1;
    // Eight at once, since ten in flight are the server's limit.
    for (; sent < 1_600 && (await runOf()) === first; sent += 8)
      await Promise.all(Array.from({ length: 8 }, () => lifecycles.send(id, NOTE)));
    const { historyLength } = await temporal.client.workflow.getHandle(bookingWorkflowId(id), first).describe();
    assert.ok(historyLength < 4_500, `${historyLength} events`);
    teller = await stack.startWorker('notifications');
    await waitFor(async () => (await waitingOf(id)) === 0);
    const told = await stack.store.rows('select from notifications where booking_id = $1 and feed_id is not null', [
      id,
    ]);
    assert.equal(told.length, sent);
  });

  it('that nobody came to tell is told by the reconcile, and counted', async () => {
    const id = await assigned();
    await addNotification(stack.store, { bookingId: id, advisorId: ASHA.id });
    await stack.store.run(`update notifications set created_at = now() - interval '61 seconds' where booking_id = $1`, [
      id,
    ]);
    await temporal.client.schedule.getHandle('reconcile').pause('the test asks for it');
    const { body } = await call<Mended>(stack, 'POST', '/api/admin/reconcile');
    // The Schedule may have been quicker.
    const metrics = await call<string>(stack, 'GET', '/metrics');
    assert.deepEqual(await feedOf(id), ['NOTE_ADDED']);
    assert.ok(body.notificationsDelivered <= 1);
    assert.match(metrics.body, /booking_reconcile_mended\{kind="notificationsDelivered"\} 1/);
  });
});
