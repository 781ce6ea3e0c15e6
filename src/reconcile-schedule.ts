import { type Client, ScheduleAlreadyRunning } from '@temporalio/client';

const SCHEDULE_ID = 'reconcile';

/** Creates the Schedule that runs the reconcile every minute, unless it is there. */
export async function ensureReconcileSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: SCHEDULE_ID,
      spec: { intervals: [{ every: '1 minute' }] },
      policies: { overlap: 'SKIP', catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'ReconcileWorkflow',
        taskQueue: 'bookings',
        args: [],
        staticSummary: 'Reconcile, by the minute',
      },
      memo: { purpose: 'starts what Postgres has and Temporal has not' },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
