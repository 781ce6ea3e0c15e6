import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { type Activities, createActivities } from '../../activities/index.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { SEARCH_ATTRIBUTES } from '../../src/search-attributes.ts';
import type { TaskQueue } from '../../src/task-queues.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';
import { ASHA, addAdvisors, addBooking } from '../support/bookings.ts';
import { type Lifecycles, openLifecycles } from '../support/lifecycles.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { SHUT_DOORS } from '../support/shut-doors.ts';
import { openStore, type Store } from '../support/store.ts';
import { createTimeSkipping } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOTE: BookingWish = { kind: 'addNote', note: 'looked at it' };
const START: BookingWish = { kind: 'changeStatus', status: 'IN_PROGRESS' };
const COMPLETE: BookingWish = { kind: 'changeStatus', status: 'COMPLETED' };

describe("a booking's notifications", function () {
  this.timeout(120_000);
  let env: TestWorkflowEnvironment;
  let bundle: WorkerOptions['workflowBundle'];
  let store: Store;
  let lifecycles: Lifecycles;
  const stops: (() => Promise<void>)[] = [];
  before(async () => {
    quietRuntime();
    [store, bundle] = await Promise.all([openStore(), workflowBundle('.data/cache')]);
    await addAdvisors(store);
  });
  after(() => store.close());
  beforeEach(async () => {
    env = await createTimeSkipping();
    const searchAttributes = SEARCH_ATTRIBUTES;
    await env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
    await startWorker('bookings');
    lifecycles = openLifecycles(env.client, store);
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await env.teardown();
  });

  async function startWorker(taskQueue: TaskQueue, more: Partial<Activities> = {}): Promise<void> {
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowBundle: bundle,
      activities: { ...createActivities({ db: store.db, ...SHUT_DOORS }), ...more },
    });
    const running = worker.run();
    stops.push(async () => {
      worker.shutdown();
      await running;
    });
  }
  /**
   * One that tells nobody anything until it is mended. It isn't stopped and replaced: to a worker that is gone this server
   * may still give a task, which then is lost for 10 s. Its failures are final, since one in a thousand activities, whose
   * scheduleToClose ends with a whole second, is retried by this server for ever, each 30 s of the days that are skipped.
   */
  async function startFailingWorker(): Promise<{ mend(): void }> {
    const { deliverNotifications } = createActivities({ db: store.db, ...SHUT_DOORS });
    let isMended = false;
    const deliver = async (id: string) => {
      if (!isMended) throw ApplicationFailure.nonRetryable('away');
      return deliverNotifications(id);
    };
    await startWorker('notifications', { deliverNotifications: deliver });
    return {
      mend: () => {
        isMended = true;
      },
    };
  }
  const assigned = async (days = 30) =>
    addBooking(store, {
      status: 'ASSIGNED',
      advisorId: ASHA.id,
      bookingDate: new Date((await env.currentTimeMs()) + days * DAY_MS).toISOString(),
    });
  /** What of it is in the feed, and what was dropped. */
  const toldOf = async (id: string) =>
    (
      await store.rows<{ told: string }>(
        `select coalesce(drop_reason, case when feed_id is null then 'WAITS' else 'TOLD' end) || ' ' || kind as told
         from notifications where booking_id = $1 order by id`,
        [id],
      )
    ).map(({ told }) => told);
  const untilTold = (id: string, ...expected: string[]) =>
    waitFor(async () => JSON.stringify(await toldOf(id)) === JSON.stringify(expected));
  const handleOf = (id: string) => env.client.workflow.getHandle(bookingWorkflowId(id));
  const isOpen = async (id: string) => (await handleOf(id).describe()).status.name === 'RUNNING';
  const eventsOf = async (id: string) => (await handleOf(id).fetchHistory()).events ?? [];
  const deliveriesOf = async (id: string) =>
    (await eventsOf(id)).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled ?? []);

  it('are told after each change, by one activity on their own queue', async () => {
    await startWorker('notifications');
    const id = await assigned();
    await lifecycles.send(id, START);
    await untilTold(id, 'TOLD STATUS_CHANGED');
    const scheduled = await deliveriesOf(id);
    assert.deepEqual(
      scheduled.map(({ activityType, taskQueue }) => [activityType?.name, taskQueue?.name]),
      [['deliverNotifications', 'notifications']],
    );
  });

  it('are begun no sooner than the change is answered', async () => {
    await startWorker('notifications');
    const id = await assigned();
    await lifecycles.send(id, NOTE);
    await untilTold(id, 'TOLD NOTE_ADDED');
    const events = await eventsOf(id);
    const answered = events.findIndex((event) => event.workflowExecutionUpdateCompletedEventAttributes);
    const begun = events.findIndex((event) => event.activityTaskScheduledEventAttributes);
    // What one task came to is written in any order, and all at once.
    const task = events.slice(0, answered).findLastIndex((event) => event.workflowTaskCompletedEventAttributes);
    assert.ok(0 < task && task < begun, `answered by the task of event ${task}, begun by event ${begun}`);
  });

  it('don’t keep an answer waiting while no worker delivers, and are told together by the first that does', async () => {
    const id = await assigned();
    for (let n = 0; n < 5; n += 1) assert.ok((await lifecycles.send(id, NOTE)) !== 'UNKNOWN');
    assert.deepEqual(
      await toldOf(id),
      Array.from({ length: 5 }, () => 'WAITS NOTE_ADDED'),
    );
    await startWorker('notifications');
    await untilTold(id, ...Array.from({ length: 5 }, () => 'TOLD NOTE_ADDED'));
    // One was under way when the others came; one more looks for what came meanwhile.
    assert.ok((await deliveriesOf(id)).length <= 2);
  });

  it('cost nothing where nobody is told of anything', async () => {
    const id = await assigned();
    const refused = await lifecycles.send(id, COMPLETE);
    assert.ok(refused !== 'UNKNOWN' && !refused.ok);
    assert.deepEqual(await deliveriesOf(id), []);
  });

  it('remind of no booking that is cancelled, though its reminder waited to be told', async () => {
    const deliveries = await startFailingWorker();
    const id = await assigned(10);
    await lifecycles.send(id, NOTE);
    await env.sleep(9.1 * DAY_MS);
    assert.deepEqual(await toldOf(id), ['WAITS NOTE_ADDED', 'WAITS REMINDER']);
    await lifecycles.send(id, { kind: 'changeStatus', status: 'CANCELLED' });
    deliveries.mend();
    await untilTold(id, 'TOLD NOTE_ADDED', 'BOOKING_CANCELLED REMINDER', 'TOLD STATUS_CHANGED');
  });

  it('remind again of one that is reopened after its reminder was dropped', async () => {
    const deliveries = await startFailingWorker();
    const id = await assigned(10);
    await lifecycles.send(id, NOTE);
    await env.sleep(9.1 * DAY_MS);
    await lifecycles.send(id, { kind: 'changeStatus', status: 'CANCELLED' });
    deliveries.mend();
    await untilTold(id, 'TOLD NOTE_ADDED', 'BOOKING_CANCELLED REMINDER', 'TOLD STATUS_CHANGED');
    await lifecycles.send(id, { kind: 'changeStatus', status: 'PENDING' });
    await waitFor(async () => (await toldOf(id))[1] === 'TOLD REMINDER');
  });

  it('are waited for by a run that ends', async () => {
    const id = await assigned();
    await lifecycles.send(id, START);
    await lifecycles.send(id, COMPLETE);
    // A query is answered behind all that the change has left to do.
    assert.equal((await lifecycles.ask(id, 5_000))?.status, 'COMPLETED');
    assert.ok(await isOpen(id));
    await startWorker('notifications');
    await waitFor(async () => !(await isOpen(id)));
    assert.deepEqual(await toldOf(id), ['TOLD STATUS_CHANGED', 'TOLD STATUS_CHANGED']);
  });

  it('are left to the reconcile when nobody delivers for five minutes', async () => {
    // Beside none at all, with which this server lets no time pass.
    await startWorker('notifications', { deliverNotifications: () => Promise.reject(new Error('away')) });
    const id = await assigned();
    await lifecycles.send(id, START);
    await lifecycles.send(id, COMPLETE);
    await env.sleep(4 * MINUTE_MS);
    assert.ok(await isOpen(id));
    // What came while the first was tried has five minutes of its own.
    await env.sleep(7 * MINUTE_MS);
    assert.ok(!(await isOpen(id)));
    assert.deepEqual(await toldOf(id), ['WAITS STATUS_CHANGED', 'WAITS STATUS_CHANGED']);
  });
});
