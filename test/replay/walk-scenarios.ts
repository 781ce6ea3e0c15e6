import { NativeConnection, Worker } from '@temporalio/worker';
import type { ReconcileInput } from '../../src/domain/reconcile.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';
import { csvFile } from '../support/csv-file.ts';
import { call, untilEnded, upload } from '../support/rest.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Recording, Scenarios } from './open-recording.ts';

const WALK_SCENARIOS: Scenarios = {
  'activate-completed': async (on, name) => {
    const { id } = await upload(on.stack, csvFile(50, undefined, 'ACTIVATE'));
    await untilEnded(on.stack, id);
    await on.untilClosed(`activate-${id}-1`);
    await on.save(name, `activate-${id}-1`);
  },
  'end-lifecycles-completed': async (on, name) => {
    const { id } = await upload(on.stack, csvFile(50, undefined, 'UNDONE'));
    await untilEnded(on.stack, id);
    await on.untilClosed(`activate-${id}-1`);
    await call(on.stack, 'POST', `/api/admin/bookings/imports/${id}/undo`);
    await on.untilClosed(`end-lifecycles-${id}-1`);
    await on.save(name, `end-lifecycles-${id}-1`);
  },
  'activate-of-nothing': async (on, name) => {
    await on.temporal.walks.start({ importId: 'I000', round: 1, kind: 'start' });
    await on.untilClosed('activate-I000-1');
    await on.save(name, 'activate-I000-1');
  },
  'activate-full': async (on, name) => {
    const [first, last] = await walkOfManyPortions(on);
    await on.save(name, MANY, first);
    await on.save(`${name}-goes-on`, MANY, last);
  },
};

const MANY = 'activate-I999-1';

/**
 * Portions take a minute each, and a history is full with some two hundred: here they take none, which is the one thing
 * that isn't real in these recordings. Gives the first and the last run.
 */
async function walkOfManyPortions({ stack, temporal: { client } }: Recording): Promise<[string, string]> {
  const connection = await NativeConnection.connect({ address: stack.temporal.address });
  let portions = 0;
  const walkLifecycles = async () => {
    portions += 1;
    return { due: 300, done: portions, afterRow: portions, finished: portions === 300 };
  };
  const worker = await Worker.create({
    connection,
    namespace: stack.temporal.namespace,
    taskQueue: 'many-portions',
    workflowBundle: await workflowBundle('.data/cache'),
    activities: { walkLifecycles },
  });
  const runs = await worker.runUntil(async () => {
    const options = { workflowId: MANY, taskQueue: 'many-portions', args: [{ importId: 'I999', round: 1 }] };
    const handle = await client.workflow.start('ActivateBookingsWorkflow', options);
    await handle.result();
    return [handle.firstExecutionRunId, (await client.workflow.getHandle(MANY).describe()).runId] as [string, string];
  });
  await connection.close();
  return runs;
}

const RECONCILE_SCENARIOS: Scenarios = {
  'reconcile-finds-nothing': async (on, name) => {
    await settled(on);
    await reconcile(on, name, {});
  },
  'reconcile-mends': async (on, name) => {
    await settled(on);
    const [lost, behind, gone] = [await on.bookings.sleeping(), await on.bookings.living(), await on.bookings.living()];
    await listed(on, [behind, gone]);
    await on.stack.store.run(`update bookings set status = 'WAITLISTED', version = 2 where id = $1`, [behind]);
    await on.stack.store.run('delete from bookings where id = $1', [gone]);
    await reconcile(on, name, { full: true, quietSeconds: 0 });
    await on.untilClosed(bookingWorkflowId(gone));
    await listed(on, [lost, behind]);
  },
  'reconcile-goes-on-where-it-was': async (on, name) => {
    await on.stack.store.run(`update reconcile_position set after_booking = 'B'`);
    await reconcile(on, name, {});
  },
};

/** No booking of another scenario is left to be mended. */
async function settled(on: Recording): Promise<void> {
  await on.stack.store.run('delete from bookings');
  await on.temporal.client.workflow.execute('ReconcileWorkflow', {
    workflowId: 'reconcile-before',
    taskQueue: 'bookings',
    args: [{ full: true, quietSeconds: 0 }],
  });
  await listed(on, []);
}

const listed = ({ temporal: { client } }: Recording, ids: string[]) =>
  waitFor(async () => {
    const found: string[] = [];
    const query = `WorkflowType = 'BookingLifecycleWorkflow' and ExecutionStatus = 'Running'`;
    for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId);
    return found.sort().join() === ids.map(bookingWorkflowId).sort().join();
  });

async function reconcile({ temporal: { client }, save }: Recording, name: string, input: ReconcileInput) {
  await client.workflow.execute('ReconcileWorkflow', { workflowId: name, taskQueue: 'bookings', args: [input] });
  await save(name, name);
}

export const WALK_AND_RECONCILE_SCENARIOS: Scenarios = { ...WALK_SCENARIOS, ...RECONCILE_SCENARIOS };
