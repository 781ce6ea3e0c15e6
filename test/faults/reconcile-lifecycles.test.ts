import assert from 'node:assert/strict';
import { loadConfig } from '../../src/config.ts';
import type { Mended, ReconcileInput } from '../../src/domain/reconcile.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { ASHA, addAdvisors, addBooking } from '../support/bookings.ts';
import { openLifecycles } from '../support/lifecycles.ts';
import { type Answer, call } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const NOTHING: Mended = {
  importsStarted: 0,
  walksStarted: 0,
  commandsHanded: 0,
  notificationsDelivered: 0,
  lifecyclesStarted: 0,
  lifecyclesRefreshed: 0,
  lifecyclesEnded: 0,
};

describe('the reconcile of lifecycles', function () {
  this.timeout(120_000);
  let stack: Stack;
  let temporal: Temporal;
  let runs = 0;
  before(async () => {
    stack = await withStack({ worker: false, env: { LIFECYCLE_STARTS_PER_SECOND: '200' } });
    await addAdvisors(stack.store);
    await stack.startWorker('bookings', 'notifications');
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
    await temporal.client.schedule.getHandle('reconcile').pause('the test runs it');
  });
  beforeEach(async () => {
    await stack.store.run(`delete from bookings`);
    await reconcile();
    await untilListed([]);
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

  /** As if everything had been left alone for long enough, unless told otherwise. */
  const reconcile = (input: ReconcileInput = { full: true, quietSeconds: 0 }): Promise<Mended> => {
    runs += 1;
    const workflowId = `reconcile-by-hand-${runs}`;
    return temporal.client.workflow.execute('ReconcileWorkflow', { workflowId, taskQueue: 'bookings', args: [input] });
  };
  const handleOf = (id: string) => temporal.client.workflow.getHandle(bookingWorkflowId(id));
  /** What an operator finds: visibility is told of a change a moment later. */
  const listed = async (): Promise<string[]> => {
    const found: string[] = [];
    const query = `WorkflowType = 'BookingLifecycleWorkflow' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId, searchAttributes } of temporal.client.workflow.list({ query }))
      found.push(
        `${workflowId} ${searchAttributes.BookingStatus?.[0]} ${searchAttributes.BookingAdvisor?.[0] ?? ''}`.trim(),
      );
    return found.sort();
  };
  const untilListed = (expected: string[]) =>
    waitFor(async () => JSON.stringify(await listed()) === JSON.stringify(expected.sort()), 30_000, 50);
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  /** A booking whose workflow runs. */
  async function living(given: Parameters<typeof addBooking>[1] = {}): Promise<string> {
    const id = await addBooking(stack.store, given);
    await temporal.bookings.start(id);
    return id;
  }

  it('finds nothing where nothing is wrong, whatever the status and whatever is due', async () => {
    const assigned = { status: 'ASSIGNED', advisorId: ASHA.id } as const;
    const ids = [
      await living(),
      await living({ ...assigned, bookingDate: inDays(3) }),
      await living({ ...assigned, bookingDate: inDays(0.5) }),
      await living({ status: 'RESCHEDULED', statusSince: inDays(-1) }),
      await living({ status: 'WAITLISTED' }),
      await living({ status: 'CANCELLED', statusSince: inDays(-1) }),
    ];
    await addBooking(stack.store, { status: 'COMPLETED' });
    await addBooking(stack.store, { bookingDate: '2020-01-01T00:00:00Z' });
    const lifecycles = openLifecycles(temporal.client, stack.store);
    await lifecycles.send(ids[1] ?? '', { kind: 'changeStatus', status: 'IN_PROGRESS' });
    const statuses = ['PENDING', 'IN_PROGRESS asha', 'ASSIGNED asha', 'RESCHEDULED', 'WAITLISTED', 'CANCELLED'];
    await untilListed(ids.map((id, n) => `${bookingWorkflowId(id)} ${statuses[n]}`));
    assert.deepEqual(await reconcile(), NOTHING);
    assert.deepEqual(await reconcile({ full: true }), NOTHING);
  });

  it('starts what was never started, or was terminated, once; and leaves alone what is new', async () => {
    const [lost, terminated] = [await addBooking(stack.store), await living()];
    await untilListed([`${bookingWorkflowId(terminated)} PENDING`]);
    await handleOf(terminated).terminate('by mistake');
    await untilListed([]);
    assert.deepEqual(await reconcile({ full: true }), NOTHING);
    assert.deepEqual(await reconcile(), { ...NOTHING, lifecyclesStarted: 2 });
    await untilListed([lost, terminated].map((id) => `${bookingWorkflowId(id)} PENDING`));
    assert.deepEqual(await reconcile(), NOTHING);
  });

  it('makes a workflow follow that knows another status, advisor or date than Postgres', async () => {
    const ids = [await living(), await living({ status: 'ASSIGNED', advisorId: ASHA.id }), await living()];
    const [status, advisor, date] = ids as [string, string, string];
    await untilListed([
      `${bookingWorkflowId(status)} PENDING`,
      `${bookingWorkflowId(advisor)} ASSIGNED asha`,
      `${bookingWorkflowId(date)} PENDING`,
    ]);
    await stack.store.run(`update bookings set status = 'WAITLISTED', version = 2 where id = $1`, [status]);
    await stack.store.run(`update bookings set advisor_id = 'ben', version = 2 where id = $1`, [advisor]);
    await stack.store.run(`update bookings set booking_date = now() + interval '20 days' where id = $1`, [date]);
    assert.deepEqual(await reconcile(), { ...NOTHING, lifecyclesRefreshed: 3 });
    await untilListed([
      `${bookingWorkflowId(status)} WAITLISTED`,
      `${bookingWorkflowId(advisor)} ASSIGNED ben`,
      `${bookingWorkflowId(date)} PENDING`,
    ]);
    await waitFor(async () => (await reconcile()).lifecyclesRefreshed === 0);
    const [row] = await stack.store.rows('select status, version from bookings where id = $1', [status]);
    assert.deepEqual(row, { status: 'WAITLISTED', version: 2 });
  });

  it('ends workflows whose booking is gone or closed', async () => {
    const [gone, closed] = [await living(), await living()];
    await untilListed([gone, closed].map((id) => `${bookingWorkflowId(id)} PENDING`));
    await stack.store.run('delete from bookings where id = $1', [gone]);
    await stack.store.run(`update bookings set status = 'COMPLETED', version = 2 where id = $1`, [closed]);
    assert.deepEqual(await reconcile(), { ...NOTHING, lifecyclesEnded: 2 });
    await untilListed([]);
    for (const id of [gone, closed]) assert.equal((await handleOf(id).describe()).status.name, 'COMPLETED');
  });

  it('goes on where the last run stopped, and counts what it has mended, for the metrics, too', async () => {
    const before = await mendedSoFar();
    await stack.store.run(`update reconcile_position set after_booking = 'C'`);
    const [behind] = [await addBooking(stack.store)];
    const part = { quietSeconds: 0 };
    assert.ok(behind < 'C');
    assert.deepEqual(await reconcile(part), NOTHING);
    assert.deepEqual(await reconcile(part), { ...NOTHING, lifecyclesStarted: 1 });
    assert.equal((await mendedSoFar()) - before, 1);
    const metric = /booking_reconcile_mended\{kind="lifecyclesStarted"\} (\d+)/;
    // The figures of a scrape are kept for five seconds.
    await waitFor(async () => {
      const text = await (await fetch(`${stack.apiUrl}/metrics`)).text();
      return Number(metric.exec(text)?.[1]) === before + 1;
    });
  });
  const mendedSoFar = async () =>
    (
      await stack.store.rows<{ n: number }>(
        `select coalesce(sum(mended), 0)::int as n from reconcile_totals where kind = 'lifecyclesStarted'`,
      )
    )[0]?.n ?? 0;

  it('runs now when an admin wants it to, through all bookings, and tells what it mended', async () => {
    const id = await addBooking(stack.store);
    await stack.store.run(`update bookings set updated_at = now() - interval '61 seconds'`);
    const answer: Answer<Mended> = await call(stack, 'POST', '/api/admin/reconcile');
    assert.deepEqual([answer.status, answer.body], [200, { ...NOTHING, lifecyclesStarted: 1 }]);
    await untilListed([`${bookingWorkflowId(id)} PENDING`]);
  });
});
