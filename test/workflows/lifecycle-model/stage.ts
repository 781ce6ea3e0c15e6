import { setTimeout as after } from 'node:timers/promises';
import { isGrpcServiceError, type WorkflowHandle } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { type Activities, createActivities } from '../../../activities/index.ts';
import { bookingWorkflowId } from '../../../src/lifecycle-link.ts';
import { workflowBundle } from '../../../src/workflow-bundle.ts';
import { addAdvisors } from '../../support/bookings.ts';
import { type Lifecycles, openLifecycles } from '../../support/lifecycles.ts';
import { SHUT_DOORS } from '../../support/shut-doors.ts';
import type { Ground } from './grounds.ts';

/** Real servers, and a real worker that comes and goes. */
export interface Stage extends Omit<Ground, 'connection' | 'follow'> {
  lifecycles: Lifecycles;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  /** Has the next activities fail, before they do what they are for or after. */
  makeTrouble(when: 'before' | 'after', calls: number): void;
  /** Waits until its worker may be stopped after trouble. */
  calm(): Promise<void>;
  /** Of a booking's last run; undefined when it never had one. */
  findHistory(bookingId: string): Promise<History | undefined>;
  /** Rejects when a history isn't what the workflow does. */
  replay(history: History): Promise<void>;
}

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** gRPC's. */
const NOT_FOUND = 5;
/** The SDK keeps the time of each try of a local activity, of failed ones too, and panics when its worker is gone by then. */
const TRIES_ARE_KEPT_MS = 10_500;
/** What its workers serve. */
const QUEUES = ['bookings', 'notifications'];

/** `cached`: if not, each task replays its history. */
export async function openStage(ground: Ground, { cached }: { cached: boolean }): Promise<Stage> {
  const { store, client, connection } = ground;
  await addAdvisors(store);
  const trouble = openTrouble();
  const shared = {
    ...{ connection, namespace: client.options.namespace },
    workflowBundle: await workflowBundle('.data/cache'),
    // The server skips while it moves, but never during a workflow's task: the database follows in each activity.
    activities: wrapped(createActivities({ db: store.db, ...SHUT_DOORS }), (call) =>
      trouble.around(() => ground.follow().then(call)),
    ),
  };
  const cache = { maxCachedWorkflows: cached ? 100 : 0, stickyQueueScheduleToStartTimeout: '1s' } as const;
  let stop = async () => {};
  const startWorker = async () => {
    stop = await startWorkers(QUEUES.map((taskQueue) => ({ ...shared, ...cache, taskQueue })));
  };
  await startWorker();
  return {
    ...ground,
    lifecycles: openLifecycles(client, store),
    stopWorker: () => stop(),
    startWorker,
    makeTrouble: trouble.make,
    calm: () => after(Math.max(0, trouble.lastAt() + TRIES_ARE_KEPT_MS - Date.now())),
    findHistory: (bookingId) =>
      client.workflow.getHandle(bookingWorkflowId(bookingId)).fetchHistory().catch(ignoreMissing),
    replay: (history) => Worker.runReplayHistory({ workflowBundle: shared.workflowBundle }, history),
    close: async () => {
      await stop();
      await ground.close();
    },
  };
}

function ignoreMissing(error: unknown): undefined {
  if (!isGrpcServiceError(error) || error.code !== NOT_FOUND) throw error;
}

async function startWorkers(options: WorkerOptions[]): Promise<() => Promise<void>> {
  const workers = await Promise.all(options.map((one) => Worker.create({ ...one, shutdownGraceTime: '2s' })));
  const running = Promise.all(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  };
}

function openTrouble() {
  let lastAt = 0;
  let next: { when: 'before' | 'after'; calls: number } = { when: 'before', calls: 0 };
  return {
    lastAt: () => lastAt,
    make: (when: 'before' | 'after', calls: number) => {
      next = { when, calls };
    },
    around: async <T>(call: () => Promise<T>): Promise<T> => {
      const { when } = next;
      const failing = next.calls > 0;
      if (failing) {
        next.calls -= 1;
        lastAt = Date.now();
      }
      if (failing && when === 'before') throw new Error('the database is away');
      const given = await call();
      if (failing) throw new Error('the worker died after it had done it');
      return given;
    },
  };
}

type Around = <T>(call: () => Promise<T>) => Promise<T>;
const wrapped = (activities: Activities, around: Around): Record<string, (...args: never[]) => Promise<unknown>> =>
  Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      (...args: never[]) => around(() => (activity as (...args: never[]) => Promise<unknown>)(...args)),
    ]),
  );
