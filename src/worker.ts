import './embedded/orphan-guard.ts';
import { join } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.ts';
import { closeDatabase, connectDatabase } from '../db/connect.ts';
import { type Config, loadConfigOrExit } from './config.ts';
import { lifecycleDoors } from './lifecycle-doors.ts';
import { createLogger } from './log.ts';
import { dataConverterOf } from './payload-codec.ts';
import { ensureReconcileSchedule } from './reconcile-schedule.ts';
import { ensureRetentionSchedule } from './retention-schedule.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { TASK_QUEUES, type TaskQueue } from './task-queues.ts';
import { closeTemporal, connectionOptions, connectTemporal } from './temporal.ts';
import { workflowBundle } from './workflow-bundle.ts';

// `npm run worker [-- QUEUE …]`: one worker process, one of as many as are wanted.
const OPTIONS: Record<TaskQueue, Partial<WorkerOptions>> = {
  // Windows of 10,000 rows: four lanes of an import, and one more import beside it, fill two cores.
  imports: { maxConcurrentActivityTaskExecutions: 8, maxCachedWorkflows: 50 },
  // Its changes are local activities: no more of them at once than there are connections.
  bookings: {
    maxConcurrentActivityTaskExecutions: 20,
    maxConcurrentLocalActivityExecutions: 12,
    // Some 45 kB each. A change of a booking that isn't among them costs the machine 47 ms instead of 31: its history
    // is fetched and replayed. An import's starts at 20 a second push out what nobody touched for 100 s.
    maxCachedWorkflows: 2_000,
  },
  // The feed takes one at a time, and who waits for it holds a connection, of which a booking's changes need theirs.
  // No workflow runs on this queue: with the bundle it had pollers for them and a thread, 60 MB of the 280.
  notifications: { maxConcurrentActivityTaskExecutions: 4, workflowBundle: undefined },
};
/** An activity in flight finishes its chunk: 500 rows take some 20 ms, the whole of an all-or-nothing import more. */
const SHUTDOWN_GRACE = '4s';
/** A change that frees a place for another booking isn't answered before the hand-over, so that one mustn't hang. */
const HAND_TIMEOUT_MS = 2_000;

const config = loadConfigOrExit();
const queues = queuesOf(process.argv.slice(2));
if (config.databaseUrl === null || config.temporal.address === null) {
  process.stderr.write(
    'DATABASE_URL and TEMPORAL_ADDRESS must be set: npm start brings its own, npm run worker needs them\n',
  );
  process.exit(78);
}
const log = createLogger(`worker-${queues.join('-')}`, config.logLevel);
installRuntime(config, log);
const db = connectDatabase(config.databaseUrl, {
  poolSize: 16,
  applicationName: `booking-import worker ${queues.join(' ')}`,
});
const temporal = await connectTemporal(config.temporal);
const connection = await NativeConnection.connect(await connectionOptions(config.temporal));
const activities = createActivities({
  db,
  importCaps: config.limits.importCaps,
  startImport: ({ importId, round }) => temporal.imports.start(importId, round),
  handCommand: (command) =>
    temporal.client.connection.withDeadline(Date.now() + HAND_TIMEOUT_MS, () => temporal.bookings.hand(command)),
  lifecycles: lifecycleDoors(temporal),
  lifecycleStartsPerSecond: config.lifecycleStartsPerSecond,
  retention: config.retention,
  channels: [],
});
const dataConverter = dataConverterOf(config.temporal.payloadKeys);
const encodesFailures = dataConverter?.failureConverterPath !== undefined;
const bundle = await workflowBundle(join(config.dataDir, 'cache'), { encodesFailures });
// Before a workflow can set one.
if (queues.includes('bookings')) await ensureSearchAttributes(temporal.client);
const workers = await Promise.all(queues.map(createWorker));
if (queues.includes('bookings')) {
  await ensureReconcileSchedule(temporal.client);
  await ensureRetentionSchedule(temporal.client);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, shutDown);
const running = Promise.all(workers.map((worker) => worker.run()));
log.info({ queues }, 'the worker polls');
process.send?.('ready');
await running;
await Promise.allSettled([closeTemporal(temporal), connection.close(), closeDatabase(db)]);
process.exit(0);

function createWorker(taskQueue: TaskQueue): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue,
    workflowBundle: bundle,
    dataConverter,
    activities,
    shutdownGraceTime: SHUTDOWN_GRACE,
    // After a kill the others take over a workflow this long after, instead of 10 s.
    stickyQueueScheduleToStartTimeout: '1s',
    ...OPTIONS[taskQueue],
  });
}

function shutDown(): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}

function queuesOf(args: string[]): TaskQueue[] {
  const unknown = args.filter((arg) => !TASK_QUEUES.some((queue) => queue === arg));
  if (unknown.length > 0) {
    process.stderr.write(`no such queue: ${unknown.join(', ')}; there are ${TASK_QUEUES.join(', ')}\n`);
    process.exit(64);
  }
  return args.length > 0 ? TASK_QUEUES.filter((queue) => args.includes(queue)) : [...TASK_QUEUES];
}

function installRuntime({ logLevel, workerMetricsPort }: Config, logger: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const method = level === 'TRACE' ? 'trace' : (level.toLowerCase() as 'debug' | 'info' | 'warn' | 'error');
      logger[method](meta ?? {}, message);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: { core: logLevel === 'debug' ? 'DEBUG' : 'WARN', other: 'ERROR' } },
      ...(workerMetricsPort !== null && { metrics: { prometheus: { bindAddress: `0.0.0.0:${workerMetricsPort}` } } }),
    },
    // The signals are ours: a worker drains before its connections close.
    shutdownSignals: [],
  });
}
