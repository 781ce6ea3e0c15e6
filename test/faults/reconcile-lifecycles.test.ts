import assert from 'node:assert/strict';
import { loadConfig } from '../../src/config.ts';
import type { Mended } from '../../src/domain/reconcile.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { ASHA, addAdvisors, addBooking } from '../support/bookings.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

describe('the reconcile', function () {
  this.timeout(120_000);
  let stack: Stack;
  let temporal: Temporal;
  let runs = 0;
  before(async () => {
    stack = await withStack({ worker: false });
    await addAdvisors(stack.store);
    await stack.startWorker('bookings');
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
    await temporal.client.schedule.getHandle('reconcile').pause('the test runs it');
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

  const reconcile = async (): Promise<Mended> => {
    runs += 1;
    return temporal.client.workflow.execute('ReconcileWorkflow', {
      workflowId: `reconcile-by-hand-${runs}`,
      taskQueue: 'bookings',
      args: [{ full: true }],
    });
  };
  const handleOf = (id: string) => temporal.client.workflow.getHandle(bookingWorkflowId(id));
  const isRunning = async (id: string) =>
    (
      await handleOf(id)
        .describe()
        .catch(() => null)
    )?.status.name === 'RUNNING';
  /** As an operator finds it; visibility is told of a change a moment later. */
  const listed = async (id: string, status: string | null) => {
    const query = `WorkflowId = '${bookingWorkflowId(id)}' and ExecutionStatus = 'Running'${status === null ? '' : ` and BookingStatus = '${status}'`}`;
    await waitFor(async () => (await temporal.client.workflow.count(query)).count === 1, 20_000);
  };
  // Nobody may still be at it: neither the booking nor its workflow is younger than what the reconcile leaves alone.
  const quieten = (id: string) =>
    stack.store.run(`update bookings set updated_at = now() - interval '61 seconds' where id = $1`, [id]);

  it('starts the workflow of a booking that has none, and finds nothing to do after that', async () => {
    const id = await addBooking(stack.store);
    assert.equal((await reconcile()).lifecyclesStarted, 0, 'what was changed just now is left to whoever did');
    await quieten(id);
    assert.equal((await reconcile()).lifecyclesStarted, 1);
    await waitFor(() => isRunning(id));
    assert.equal((await reconcile()).lifecyclesStarted, 0);
  });

  it('starts anew a workflow that was terminated', async () => {
    const id = await addBooking(stack.store, { status: 'ASSIGNED', advisorId: ASHA.id });
    await quieten(id);
    await reconcile();
    await waitFor(() => isRunning(id));
    await handleOf(id).terminate('by mistake');
    await waitFor(async () => !(await isRunning(id)));
    assert.equal((await reconcile()).lifecyclesStarted, 1);
    await waitFor(() => isRunning(id));
  });

  it('leaves alone bookings that are closed or past their time', async () => {
    const ids = [
      await addBooking(stack.store, { status: 'COMPLETED' }),
      await addBooking(stack.store, { status: 'CANCELLED', statusSince: '2020-01-01T00:00:00Z' }),
    ];
    for (const id of ids) await quieten(id);
    const { lifecyclesStarted, lifecyclesEnded } = await reconcile();
    assert.deepEqual([lifecyclesStarted, lifecyclesEnded], [0, 0]);
    for (const id of ids) assert.equal(await isRunning(id), false);
  });

  it('has a workflow that knows another status than Postgres read it again, and ends one whose booking is gone', async function () {
    // A workflow is left alone for its first minute.
    this.timeout(180_000);
    const changed = await addBooking(stack.store);
    const gone = await addBooking(stack.store);
    for (const id of [changed, gone]) await quieten(id);
    await reconcile();
    for (const id of [changed, gone]) await listed(id, 'PENDING');
    await stack.store.run(`update bookings set status = 'WAITLISTED', version = 2 where id = $1`, [changed]);
    await quieten(changed);
    await stack.store.run('delete from bookings where id = $1', [gone]);
    await waitFor(
      async () => {
        await reconcile();
        return !(await isRunning(gone));
      },
      90_000,
      2_000,
    );
    await listed(changed, 'WAITLISTED');
    const totals = await stack.store.rows<{ kind: string; mended: number }>(
      `select kind, mended::int from reconcile_totals where kind in ('lifecyclesRefreshed', 'lifecyclesEnded') order by kind`,
    );
    assert.deepEqual(
      totals.map(({ kind, mended }) => [kind, mended > 0]),
      [
        ['lifecyclesEnded', true],
        ['lifecyclesRefreshed', true],
      ],
    );
  });
});
