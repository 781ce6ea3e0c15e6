import assert from 'node:assert/strict';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { SEARCH_ATTRIBUTES } from '../../src/search-attributes.ts';
import type { TaskQueue } from '../../src/task-queues.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';
import { ASHA, addAdvisors, addBooking, notificationsOf, trailOf } from '../support/bookings.ts';
import { type Lifecycles, openLifecycles } from '../support/lifecycles.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { SHUT_DOORS } from '../support/shut-doors.ts';
import { openStore, type Store } from '../support/store.ts';
import { createTimeSkipping } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

const DAY_MS = 86_400_000;

// Its own clock runs ahead by skipping, the database's doesn't: what a timer does goes by what stands in the row.
describe('BookingLifecycleWorkflow', function () {
  this.timeout(120_000);
  let env: TestWorkflowEnvironment;
  let bundle: WorkerOptions['workflowBundle'];
  let store: Store;
  let lifecycles: Lifecycles;
  let stopWorkers: () => Promise<void>;
  before(async () => {
    quietRuntime();
    [store, bundle] = await Promise.all([openStore(), workflowBundle('.data/cache')]);
    await addAdvisors(store);
  });
  after(() => store.close());

  // A server for each: one that is months ahead of the database would see every deadline passed.
  beforeEach(async () => {
    env = await createTimeSkipping();
    // It can't list them, which is how a real one is asked for those that are missing.
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: SEARCH_ATTRIBUTES,
    });
    const stops = await Promise.all([startWorker('bookings'), startWorker('notifications')]);
    stopWorkers = async () => void (await Promise.all(stops.map((stop) => stop())));
    lifecycles = openLifecycles(env.client, store);
  });
  afterEach(async () => {
    await stopWorkers();
    await env.teardown();
  });

  async function startWorker(taskQueue: TaskQueue): Promise<() => Promise<void>> {
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowBundle: bundle,
      activities: createActivities({ db: store.db, ...SHUT_DOORS }),
    });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  }
  const now = () => env.currentTimeMs();
  const inDays = async (days: number) => new Date((await now()) + days * DAY_MS).toISOString();
  const statusOf = async (id: string) =>
    (await store.rows<{ status: string }>('select status from bookings where id = $1', [id]))[0]?.status;
  const toldOf = async (id: string) => (await notificationsOf(store, id)).map(({ kind }) => kind);
  const isOpen = async (id: string) =>
    (await env.client.workflow.getHandle(bookingWorkflowId(id)).describe()).status.name === 'RUNNING';
  const NOTE: BookingWish = { kind: 'addNote', note: 'looked at it' };
  /** Any command gives a booking its workflow. */
  const awaken = (id: string) => lifecycles.send(id, NOTE);
  const assignedIn = async (days: number) =>
    addBooking(store, { status: 'ASSIGNED', advisorId: ASHA.id, bookingDate: await inDays(days) });

  it('reminds a day before the date, then makes a no-show a day after it', async () => {
    const id = await assignedIn(10);
    await awaken(id);
    await env.sleep(8.9 * DAY_MS);
    assert.deepEqual(await toldOf(id), ['NOTE_ADDED']);
    await env.sleep(0.2 * DAY_MS);
    assert.deepEqual(await toldOf(id), ['NOTE_ADDED', 'REMINDER']);
    await env.sleep(1.8 * DAY_MS);
    assert.equal(await statusOf(id), 'ASSIGNED');
    await env.sleep(0.2 * DAY_MS);
    assert.equal(await statusOf(id), 'NO_SHOW');
    assert.deepEqual(await toldOf(id), ['NOTE_ADDED', 'REMINDER', 'NO_SHOW']);
  });

  it('follows a date that moves, at once', async () => {
    const id = await assignedIn(5);
    await awaken(id);
    await lifecycles.send(id, { kind: 'reschedule', bookingDate: await inDays(20) });
    const { nextDue } = (await lifecycles.ask(id, 5_000)) ?? {};
    assert.equal(nextDue?.kind, 'reminder');
    assert.ok(Math.abs(Date.parse(nextDue?.at ?? '') - (await now()) - 19 * DAY_MS) < 60_000);
    await env.sleep(12 * DAY_MS);
    assert.deepEqual([await statusOf(id), await toldOf(id)], ['ASSIGNED', ['NOTE_ADDED', 'RESCHEDULED']]);
    await env.sleep(7.1 * DAY_MS);
    assert.deepEqual(await toldOf(id), ['NOTE_ADDED', 'RESCHEDULED', 'REMINDER']);
  });

  it('never reminds of a cancelled booking, and ends when its time to be reopened is over', async () => {
    const id = await assignedIn(10);
    await awaken(id);
    await lifecycles.send(id, { kind: 'changeStatus', status: 'CANCELLED' });
    await env.sleep(6.9 * DAY_MS);
    assert.ok(await isOpen(id));
    await env.sleep(0.2 * DAY_MS);
    assert.ok(!(await isOpen(id)));
    await env.sleep(10 * DAY_MS);
    assert.deepEqual(await toldOf(id), ['NOTE_ADDED', 'STATUS_CHANGED']);
  });

  it('waits again for all of a booking that is reopened within its window, and in a new run after it', async () => {
    const [soon, late] = [await assignedIn(30), await assignedIn(30)];
    for (const id of [soon, late]) await lifecycles.send(id, { kind: 'changeStatus', status: 'CANCELLED' });
    const reopen: BookingWish = { kind: 'changeStatus', status: 'PENDING' };
    assert.deepEqual(await lifecycles.send(soon, reopen), { ok: true, status: 'PENDING', version: 3 });
    await env.sleep(8 * DAY_MS);
    assert.deepEqual([await isOpen(soon), await isOpen(late)], [true, false]);
    assert.deepEqual(await lifecycles.send(late, reopen), { ok: true, status: 'PENDING', version: 3 });
    await env.sleep(21.5 * DAY_MS);
    for (const id of [soon, late])
      assert.deepEqual((await toldOf(id)).sort(), ['REMINDER', 'STATUS_CHANGED', 'STATUS_CHANGED', 'UNASSIGNED']);
  });

  it('returns a rescheduled booking that nobody dealt with to PENDING after three days', async () => {
    const id = await addBooking(store, { status: 'NO_SHOW', advisorId: ASHA.id });
    const wish: BookingWish = { kind: 'reschedule', bookingDate: await inDays(60) };
    assert.deepEqual(await lifecycles.send(id, wish), { ok: true, status: 'RESCHEDULED', version: 2 });
    await env.sleep(2.9 * DAY_MS);
    assert.equal(await statusOf(id), 'RESCHEDULED');
    await env.sleep(0.2 * DAY_MS);
    assert.equal(await statusOf(id), 'PENDING');
    assert.deepEqual(
      (await trailOf(store, id)).map(({ action, who }) => [action, who]),
      [
        ['RESCHEDULED', 'alice'],
        ['STATUS_CHANGED', 'system'],
      ],
    );
  });

  it('leaves a rescheduled booking that somebody dealt with to its new date', async () => {
    const id = await addBooking(store, { status: 'NO_SHOW', advisorId: ASHA.id });
    await lifecycles.send(id, { kind: 'reschedule', bookingDate: await inDays(60) });
    await lifecycles.send(id, { kind: 'changeStatus', status: 'ASSIGNED' });
    await env.sleep(10 * DAY_MS);
    assert.equal(await statusOf(id), 'ASSIGNED');
  });

  it('does nothing by the clock for a dealer who turned the timers off', async () => {
    const off = { reminderHours: null, noShowHours: false, rescheduleHours: null, reopenHours: null };
    const [kept, moved, cancelled] = await Promise.all([assignedIn(5), assignedIn(5), assignedIn(5)]);
    await store.run(`update dealers set settings = $1 where id = 'd2'`, [JSON.stringify(off)]);
    await store.run(`update bookings set dealer_id = 'd2' where id = any ($1)`, [[kept, moved, cancelled]]);
    await awaken(kept);
    for (const status of ['IN_PROGRESS', 'RESCHEDULED'] as const)
      await lifecycles.send(moved, { kind: 'changeStatus', status });
    await lifecycles.send(cancelled, { kind: 'changeStatus', status: 'CANCELLED' });
    await env.sleep(40 * DAY_MS);
    assert.deepEqual([await statusOf(kept), await toldOf(kept)], ['ASSIGNED', ['NOTE_ADDED']]);
    assert.equal(await statusOf(moved), 'RESCHEDULED');
    assert.ok(!(await isOpen(cancelled)));
  });

  it('waits for a date two years ahead', async () => {
    const id = await assignedIn(730);
    await awaken(id);
    await env.sleep(728 * DAY_MS);
    assert.deepEqual(await toldOf(id), ['NOTE_ADDED']);
    await env.sleep(1.1 * DAY_MS);
    assert.deepEqual(await toldOf(id), ['NOTE_ADDED', 'REMINDER']);
  });

  it('ends with COMPLETED, and answers in a short run of its own what is asked of it later', async () => {
    const id = await assignedIn(5);
    for (const status of ['IN_PROGRESS', 'COMPLETED'] as const)
      await lifecycles.send(id, { kind: 'changeStatus', status });
    await waitFor(async () => !(await isOpen(id)));
    assert.equal(await lifecycles.ask(id, 2_000), undefined);
    const again = await lifecycles.send(id, { kind: 'changeStatus', status: 'IN_PROGRESS' });
    assert.equal(again !== 'UNKNOWN' && !again.ok && again.code, 'TRANSITION_NOT_ALLOWED');
    assert.deepEqual(await awaken(id), { ok: true, status: 'COMPLETED', version: 4 });
    await waitFor(async () => !(await isOpen(id)));
  });

  it('follows what was changed behind it as soon as it is told', async () => {
    const id = await assignedIn(5);
    await awaken(id);
    await store.run(`update bookings set status = 'COMPLETED', version = version + 1 where id = $1`, [id]);
    await lifecycles.refresh(id);
    await waitFor(async () => !(await isOpen(id)));
  });

  it('lives on when somebody cancels its workflow: takes changes, keeps its times, and ends as ever', async () => {
    const id = await assignedIn(5);
    await awaken(id);
    const handle = env.client.workflow.getHandle(bookingWorkflowId(id));
    const { runId } = await handle.describe();
    await handle.cancel();
    const sent = await lifecycles.send(id, { kind: 'reschedule', bookingDate: await inDays(20) });
    assert.deepEqual(sent, { ok: true, status: 'ASSIGNED', version: 3 });
    assert.equal((await handle.describe()).runId, runId);
    await env.sleep(19.1 * DAY_MS);
    assert.deepEqual(await toldOf(id), ['NOTE_ADDED', 'RESCHEDULED', 'REMINDER']);
    for (const status of ['IN_PROGRESS', 'COMPLETED'] as const)
      await lifecycles.send(id, { kind: 'changeStatus', status });
    await handle.result();
    assert.deepEqual(await statusOf(id), 'COMPLETED');
  });

  it('leaves its timer alone when a change does not move it', async () => {
    const id = await assignedIn(5);
    for (let n = 0; n < 5; n += 1) await awaken(id);
    const { events } = await env.client.workflow.getHandle(bookingWorkflowId(id)).fetchHistory();
    const kinds = (events ?? []).map((event) => Object.keys(event).filter((key) => key.startsWith('timer')));
    assert.deepEqual(kinds.flat(), ['timerStartedEventAttributes']);
  });

  it('keeps nothing personal in its history', async () => {
    const id = await assignedIn(5);
    await lifecycles.send(id, { kind: 'addNote', note: 'wants the red one' }, { reason: 'said Zora' });
    await lifecycles.send(id, { kind: 'changeStatus', status: 'COMPLETED' }, { reason: 'said Zora' });
    const { events } = await env.client.workflow.getHandle(bookingWorkflowId(id)).fetchHistory();
    const texts = textsIn(events).join(' ');
    assert.ok(texts.includes(id), 'the history could be read');
    for (const personal of ['red one', 'Zora', 'alice', ASHA.email, 'Customer', '127.0.0.1'])
      assert.ok(!texts.includes(personal), personal);
  });

  it('takes a trace of one frame for each of its promises', async () => {
    const id = await addBooking(store);
    await awaken(id);
    const traces = await env.client.workflow.getHandle(bookingWorkflowId(id)).query<string>('__stack_trace');
    for (const trace of traces.split('\n\n')) assert.equal(trace.match(/^ +at /gm)?.length ?? 0, 1, trace);
  });
});

/** Every text in a history, its payloads decoded. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  return value && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}
