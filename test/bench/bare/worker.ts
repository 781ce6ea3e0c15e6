import '../../../src/embedded/orphan-guard.ts';
import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { loadConfig } from '../../../src/config.ts';
import { connectionOptions } from '../../../src/temporal.ts';
import { quietRuntime } from '../../support/quiet-runtime.ts';

// The bare workflows' worker, a process of its own with the options that the bookings' worker has.
quietRuntime();
const { temporal } = loadConfig(process.env);
const worker = await Worker.create({
  connection: await NativeConnection.connect(await connectionOptions(temporal)),
  namespace: temporal.namespace,
  taskQueue: 'bare',
  workflowsPath: join(import.meta.dirname, 'workflow.ts'),
  activities: { doNothing: async () => {} },
  maxConcurrentActivityTaskExecutions: 20,
  maxConcurrentLocalActivityExecutions: 12,
  maxCachedWorkflows: 2_000,
  stickyQueueScheduleToStartTimeout: '1s',
});
const running = worker.run();
process.send?.('ready');
await running;
process.exit(0);
