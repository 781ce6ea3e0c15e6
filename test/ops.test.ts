import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WorkflowFailedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { loadConfig } from '../src/config.ts';
import type { Mended } from '../src/domain/reconcile.ts';
import { provisioning } from '../src/embedded/provision.ts';
import { provisionTemporalCli } from '../src/embedded/provision-temporal-cli.ts';
import { bookingWorkflowId } from '../src/lifecycle-link.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../src/temporal.ts';
import { ASHA, addAdvisors, addBooking, BEN, type GivenBooking, trailOf } from './support/bookings.ts';
import { csvFile } from './support/csv-file.ts';
import { openLifecycles } from './support/lifecycles.ts';
import { filledIn, type OperationsPage, readOperationsPage } from './support/operations-page.ts';
import { getImport, untilEnded, upload } from './support/rest.ts';
import { type Stack, type StackProcess, withStack } from './support/stack.ts';
import { waitFor } from './support/wait-for.ts';

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

const STARTS_PER_SECOND = 50;

describe('an operator', function () {
  this.timeout(120_000);
  let stack: Stack;
  let temporal: Temporal;
  let worker: StackProcess;
  let cli: string;
  let page: OperationsPage;
  before(async () => {
    [page, cli] = await Promise.all([readOperationsPage(), provisionTemporalCli(provisioning(process.env))]);
    stack = await withStack({ worker: false, env: { LIFECYCLE_STARTS_PER_SECOND: String(STARTS_PER_SECOND) } });
    await addAdvisors(stack.store);
    await stack.startWorker('imports');
    worker = await stack.startWorker('bookings', 'notifications');
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
    await temporal.client.schedule.getHandle('reconcile').pause('the test runs it');
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

  const idOf = (id: string) => bookingWorkflowId(id);
  const handleOf = (id: string) => temporal.client.workflow.getHandle(idOf(id));
  const isRunning = async (id: string) => (await handleOf(id).describe()).status.name === 'RUNNING';
  const ask = (id: string) => temporal.bookings.ask(id, 20_000);
  async function living(given: GivenBooking & { dealer?: string } = {}): Promise<string> {
    const id = await addBooking(stack.store, given);
    if (given.dealer) await stack.store.run('update bookings set dealer_id = $1 where id = $2', [given.dealer, id]);
    await temporal.bookings.start(id);
    // A worker that is killed before it has ended its first task has told visibility nothing.
    await waitFor(async () => (await listed(`WorkflowId = '${idOf(id)}' AND BookingStatus IS NOT NULL`)).length === 1);
    return id;
  }
  const listed = async (query: string) => {
    const found: string[] = [];
    for await (const { workflowId } of temporal.client.workflow.list({ query })) found.push(workflowId);
    return found.sort();
  };
  /** Types a command of the page as it stands there. */
  async function type(command: string, given: Record<string, string>): Promise<string> {
    const [line, more] = page.commands.filter((one) => one.startsWith(command));
    assert.ok(line && !more, `one line of the page begins with ${command}`);
    const env = {
      ...process.env,
      TEMPORAL_ADDRESS: stack.temporal.address,
      TEMPORAL_NAMESPACE: stack.temporal.namespace,
    };
    const { stdout } = await promisify(execFile)('sh', ['-c', filledIn(line, given).replace('temporal', cli)], { env });
    return stdout;
  }

  describe('finds bookings by the queries of the page:', () => {
    let given: Record<string, string>;
    const expected = new Map<string, string[]>();
    before(async () => {
      const unassigned = await living();
      const ashas = await living({ status: 'ASSIGNED', advisorId: ASHA.id });
      const cancelled = await living({ status: 'CANCELLED', statusSince: inHours(-1) });
      const elsewhere = await living({ dealer: 'd7' });
      const due = await living({ status: 'ASSIGNED', advisorId: BEN.id, bookingDate: inHours(30) });
      const { id: importId } = await upload(
        stack,
        csvFile(3, (row) => row.with(4, 'DLR008').with(5, inHours(24 * 60)), 'OPS'),
      );
      await untilEnded(stack, importId);
      const imported = (
        await stack.store.rows<{ id: string }>('select id from bookings where import_id = $1', [importId])
      ).map(({ id }) => id);
      await waitFor(async () => (await listed(`BookingImport = '${importId}'`)).length === 3);
      const today = (await ask(due))?.nextDue?.at.slice(0, 10) ?? '';
      given = { dealer: 'DLR001', advisor: ASHA.id, import: importId, today, now: new Date().toISOString() };
      const ofDealer = [unassigned, ashas, cancelled, due];
      const all: [string, string[]][] = [
        ['stuck: their time has come, nobody acted', []],
        ['due today', [due]],
        ['of a dealer', ofDealer],
        ['of an import', imported],
        ['of an advisor', [ashas]],
        ['waiting for an advisor', [unassigned, elsewhere, ...imported]],
        ['cancelled, and can still be reopened', [cancelled]],
      ];
      for (const [words, ids] of all) expected.set(words, ids.map(idOf).sort());
      expected.set("an import's own workflows, all its rounds", [`activate-${importId}-1`, `import-${importId}-1`]);
    });

    it('each gives those, and only those', async () => {
      assert.deepEqual([...page.queries.keys()], [...expected.keys()]);
      for (const [words, query] of page.queries) {
        const wanted = JSON.stringify(expected.get(words));
        await waitFor(async () => JSON.stringify(await listed(filledIn(query, given))) === wanted).catch(async () => {
          assert.deepEqual(await listed(filledIn(query, given)), expected.get(words), words);
        });
      }
    });

    it('stuck gives one whose time has come while no worker lived, until it has acted', async () => {
      const query = page.queries.get('stuck: their time has come, nobody acted') ?? '';
      const stuck = () => listed(filledIn(query, { now: new Date().toISOString() }));
      const seconds = { reminderHours: null, noShowHours: 4 / 3_600 };
      await stack.store.run(`update dealers set settings = $1 where id = 'd9'`, [JSON.stringify(seconds)]);
      const id = await living({ status: 'ASSIGNED', advisorId: ASHA.id, dealer: 'd9', bookingDate: inHours(0) });
      await worker.kill();
      await waitFor(async () => (await stuck()).includes(idOf(id)));
      worker = await stack.startWorker('bookings', 'notifications');
      await waitFor(async () => (await stuck()).length === 0);
      assert.equal((await ask(id))?.status, 'NO_SHOW');
    });
  });

  describe('reads in words', () => {
    it('where a booking stands, what it waits for, and what may be done with it', async () => {
      const id = await living({ status: 'ASSIGNED', advisorId: ASHA.id, bookingDate: '2099-05-06T10:30:00Z' });
      const description = await handleOf(id).describe();
      assert.equal(await description.staticSummary(), `Booking ${id}`);
      assert.match((await description.staticDetails()) ?? '', /is changed, and cancelled, in the portal/);
      const told = await type('temporal workflow metadata', { booking: id });
      assert.match(told, /\*\*ASSIGNED\*\* since \d{4}-\d\d-\d\d \d\d:\d\d UTC · advisor asha/);
      assert.match(told, /For 2099-05-06 10:30 UTC · next: reminder before the date, 2099-05-05 10:30 UTC/);
      assert.match(told, /refresh +reads the booking from Postgres again/);
      assert.match(await type('temporal workflow query', { booking: id }), /"nextDue":\{[^}]*"reminder"/);
      assert.deepEqual(await timersOf(idOf(id)), ['reminder before the date']);
    });

    it('what an import has come to, window by window, and what was started for it', async () => {
      const { id } = await upload(
        stack,
        csvFile(3, (row) => row.with(5, inHours(24 * 60)), 'WORDS'),
      );
      await untilEnded(stack, id);
      const handle = temporal.client.workflow.getHandle(`import-${id}-1`);
      await handle.result();
      assert.equal(await (await handle.describe()).staticSummary(), 'Import of bookings, round 1');
      const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      assert.equal(currentDetails, '**COMPLETED**\n\ncreated 3 · updated 0 · skipped 0 · failed 0');
      assert.deepEqual(await summariesOf(`import-${id}-1`, 'activityTaskScheduledEventAttributes'), [
        'chunk 1 of 1',
        'chunk 1 of 1',
      ]);
      const walk = await temporal.client.workflow.getHandle(`activate-${id}-1`).describe();
      assert.equal(await walk.staticSummary(), `Starts the lifecycles of import ${id}, round 1`);
    });

    it('what a reconcile is for', async () => {
      await temporal.reconcile(20_000);
      const { staticSummary } = await temporal.client.workflow.getHandle('reconcile-now').describe();
      assert.equal(await staticSummary(), 'Reconcile of all bookings, asked for by an admin');
      const { action } = await temporal.client.schedule.getHandle('reconcile').describe();
      assert.equal(action.staticSummary, 'Reconcile, by the minute');
    });
  });

  describe('acts on the bookings of a dealer by the commands of the page:', () => {
    const dealer = 'DLR012';
    const mine = (given: GivenBooking = {}) => living({ ...given, dealer: 'd12' });
    const rowOf = async (id: string) => (await stack.store.rows('select * from bookings where id = $1', [id]))[0];
    const reconcile = (): Promise<Mended> =>
      temporal.client.workflow.execute('ReconcileWorkflow', {
        workflowId: `reconcile-${Date.now()}`,
        taskQueue: 'bookings',
        args: [{ full: true, quietSeconds: 0 }],
      });
    /** A batch takes whom visibility knows. */
    const untilFound = (...ids: string[]) =>
      waitFor(async () => {
        const found = await listed(`BookingDealer = '${dealer}' AND ExecutionStatus = 'Running'`);
        return JSON.stringify(found) === JSON.stringify(ids.map(idOf).sort());
      });
    afterEach(async () => {
      await stack.store.run(`delete from bookings where dealer_id = 'd12'`);
      await reconcile();
      await untilFound();
    });

    it('a refresh makes them follow rows that were changed by hand', async () => {
      const ids = [await mine(), await mine()];
      await untilFound(...ids);
      await stack.store.run(`update bookings set status = 'WAITLISTED' where dealer_id = 'd12'`);
      await type('temporal workflow signal', { dealer });
      for (const id of ids) await waitFor(async () => (await ask(id))?.status === 'WAITLISTED');
    });

    it('a cancel changes nothing, neither in Postgres nor in what they do from then on', async () => {
      const id = await mine({ status: 'ASSIGNED', advisorId: ASHA.id });
      await untilFound(id);
      const before = await rowOf(id);
      await type('temporal workflow cancel', { dealer });
      await waitFor(
        async () => (await eventsOf(idOf(id), 'workflowExecutionCancelRequestedEventAttributes')).length > 0,
      );
      const { runId } = await handleOf(id).describe();
      assert.deepEqual([await isRunning(id), await rowOf(id)], [true, before]);
      await openLifecycles(temporal.client, stack.store).send(id, { kind: 'changeStatus', status: 'IN_PROGRESS' });
      assert.deepEqual([(await ask(id))?.status, (await handleOf(id).describe()).runId], ['IN_PROGRESS', runId]);
    });

    it('a terminate ends them, and the reconcile starts them anew as they stand in Postgres', async () => {
      const ids = [await mine(), await mine({ status: 'ASSIGNED', advisorId: ASHA.id })];
      await untilFound(...ids);
      const before = await Promise.all(ids.map(rowOf));
      await type('temporal workflow terminate', { dealer });
      await untilFound();
      assert.deepEqual(await Promise.all(ids.map(rowOf)), before);
      assert.equal((await reconcile()).lifecyclesStarted, 2);
      await untilFound(...ids);
      assert.deepEqual((await ask(ids[1] ?? ''))?.status, 'ASSIGNED');
    });

    it('a reset lets them go on, with every command applied once', async () => {
      const id = await mine();
      const lifecycles = openLifecycles(temporal.client, stack.store);
      for (let n = 0; n < 3; n += 1) await lifecycles.send(id, { kind: 'addNote', note: 'called' });
      await untilFound(id);
      const { runId } = await handleOf(id).describe();
      await type('temporal workflow reset', { dealer });
      await waitFor(async () => (await handleOf(id).describe()).runId !== runId);
      await untilFound(id);
      assert.deepEqual(await lifecycles.send(id, { kind: 'addNote', note: 'again' }), {
        ok: true,
        status: 'PENDING',
        version: 5,
      });
      assert.equal((await trailOf(stack.store, id)).length, 4);
    });

    it('what was begun on many can be watched, and can no longer be stopped when it is over', async () => {
      const batches = await type('temporal batch list', {});
      const job = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(batches)?.[0] ?? '';
      assert.match(await type('temporal batch describe', { job }), /Completed/);
      await assert.rejects(type('temporal batch terminate', { job }), /could not find Batch Job/);
    });
  });

  describe("cancels the start of an import's lifecycles:", () => {
    it('it is taken up again by the reconcile from where it stopped', async () => {
      const rows = 15 * STARTS_PER_SECOND;
      const { id } = await upload(
        stack,
        csvFile(rows, (row) => row.with(5, inHours(24 * 60)), 'CANCEL'),
      );
      await untilEnded(stack, id);
      const walk = temporal.client.workflow.getHandle(`activate-${id}-1`);
      const started = async () => (await getImport(stack, id)).lifecycles.started;
      await waitFor(async () => (await started()) > 0);
      await walk.cancel();
      await assert.rejects(walk.result(), WorkflowFailedError);
      // Its activity hears of the cancel with a heartbeat, within 8 s, and until then moves once a second.
      const silent = `select from lifecycle_walks where updated_at < now() - interval '3 seconds'`;
      await waitFor(async () => (await stack.store.rows(`${silent} and import_id = $1`, [id])).length === 1);
      const before = await started();
      assert.ok(before > 0 && before < rows, `${before} of ${rows}`);
      await stack.store.run(`update lifecycle_walks set updated_at = now() - interval '61 seconds'`);
      assert.notEqual(await temporal.reconcile(20_000), 'RUNNING');
      await waitFor(async () => (await started()) === rows);
    });
  });

  async function eventsOf(workflowId: string, kind: string) {
    const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).filter((event) => (event as Record<string, unknown>)[kind]);
  }
  const summariesOf = async (workflowId: string, kind: string): Promise<string[]> =>
    (await eventsOf(workflowId, kind)).flatMap(({ userMetadata }) =>
      userMetadata?.summary ? [defaultPayloadConverter.fromPayload<string>(userMetadata.summary)] : [],
    );
  const timersOf = (workflowId: string) => summariesOf(workflowId, 'timerStartedEventAttributes');
});
