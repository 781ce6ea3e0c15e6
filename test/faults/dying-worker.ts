import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import { connectDatabase } from '../../db/connect.ts';
import { loadConfig } from '../../src/config.ts';
import { connectionOptions } from '../../src/temporal.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { SHUT_DOORS } from '../support/shut-doors.ts';

// A worker that is killed between a command's commit and its acknowledgement, by itself: nobody else hits the moment.
quietRuntime();
const config = loadConfig(process.env);
const db = connectDatabase(config.databaseUrl ?? '', { poolSize: 3, applicationName: 'dying worker' });
const activities = createActivities({ db, ...SHUT_DOORS });
const worker = await Worker.create({
  connection: await NativeConnection.connect(await connectionOptions(config.temporal)),
  namespace: config.temporal.namespace,
  taskQueue: 'bookings',
  workflowBundle: await workflowBundle('.data/cache'),
  activities: {
    ...activities,
    applyCommand: async (bookingId: string, commandId: string) => {
      await activities.applyCommand(bookingId, commandId);
      process.kill(process.pid, 'SIGKILL');
      return new Promise<never>(() => {});
    },
  },
});
const running = worker.run();
process.send?.('ready');
await running;
