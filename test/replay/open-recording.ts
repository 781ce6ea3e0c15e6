import pg from 'pg';
import { loadConfig } from '../../src/config.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { type BookingDriver, bookingDriver } from './booking-driver.ts';
import { addPeople } from './people.ts';
import { saveHistory } from './save-history.ts';

/** One path of a workflow, driven from outside as people, phones and time drive it, then saved under the name. */
export type Scenario = (on: Recording, name: string) => Promise<void>;
export type Scenarios = Record<string, Scenario>;

/** The real stack, API and worker as processes, with what a scenario drives it by. */
export interface Recording {
  stack: Stack;
  temporal: Temporal;
  bookings: BookingDriver;
  /** What was written so far. */
  files: string[];
  untilClosed(workflowId: string): Promise<void>;
  /** Keeps whoever inserts bookings waiting in the midst of it, until `release` or the end of the work. */
  whileHeld(work: (release: () => Promise<void>) => Promise<void>): Promise<void>;
  /** No worker polls until the work is done. */
  withoutWorker(work: () => Promise<void>): Promise<void>;
  /** Waits until nothing is on its way in it, and writes the history. */
  save(name: string, workflowId: string, runId?: string): Promise<void>;
  saveBooking(name: string, id: string): Promise<void>;
  close(): Promise<void>;
}

export async function openRecording(): Promise<Recording> {
  const stack = await withStack({
    worker: false,
    env: { IMPORT_CHUNK_ROWS: '50', LIFECYCLE_STARTS_PER_SECOND: '200' },
  });
  await addPeople(stack.store);
  const startWorker = () => stack.startWorker('imports', 'bookings', 'notifications');
  let worker = await startWorker();
  const temporal = await connectTemporal(loadConfig(stack.env).temporal);
  for (const id of ['reconcile', 'retention'])
    await temporal.client.schedule.getHandle(id).pause('the recording runs it');
  const hold = await openHold(stack);
  const files: string[] = [];
  const save = saver(temporal, files);
  return {
    stack,
    temporal,
    files,
    bookings: bookingDriver(temporal.client, stack.store),
    untilClosed: (workflowId) => untilClosed(temporal, workflowId),
    whileHeld: hold.during,
    async withoutWorker(work) {
      await worker.stop();
      await work().finally(async () => {
        worker = await startWorker();
      });
    },
    save,
    saveBooking: (name, id) => save(name, bookingWorkflowId(id)),
    async close() {
      await hold.close();
      await closeTemporal(temporal);
      await stack.close();
    },
  };
}

const HELD = 4711;

async function openHold({ store }: Stack) {
  await store.run(`
    create function hold_writers() returns trigger language plpgsql as $f$ begin
      perform pg_advisory_xact_lock_shared(${HELD}); return null;
    end $f$;
    create trigger hold_writers before insert on bookings for each statement execute function hold_writers()`);
  const holder = new pg.Client({ connectionString: store.ownerUrl });
  await holder.connect();
  const release = async () => void (await holder.query('select pg_advisory_unlock_all()'));
  return {
    async during(work: (release: () => Promise<void>) => Promise<void>) {
      await holder.query(`select pg_advisory_lock(${HELD})`);
      await work(release).finally(release);
    },
    close: () => holder.end(),
  };
}

const untilClosed = ({ client }: Temporal, workflowId: string): Promise<void> =>
  waitFor(async () => (await client.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING', 120_000, 50);

const saver =
  ({ client }: Temporal, files: string[]): Recording['save'] =>
  async (name, workflowId, runId) => {
    const handle = client.workflow.getHandle(workflowId, runId);
    await waitFor(async () => {
      const { pendingWorkflowTask, pendingActivities } = (await handle.describe()).raw;
      return !pendingWorkflowTask && !pendingActivities?.length;
    });
    const { file, bytes } = await saveHistory(name, await handle.fetchHistory());
    files.push(file);
    process.stdout.write(`${file}  ${bytes} bytes\n`);
  };
