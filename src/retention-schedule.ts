import { type Client, ScheduleAlreadyRunning } from '@temporalio/client';

const SCHEDULE_ID = 'retention';

/** Creates the Schedule that deletes each night what is beyond its time, unless it is there. */
export async function ensureRetentionSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: SCHEDULE_ID,
      spec: { calendars: [{ hour: 3, minute: 17, comment: 'UTC' }] },
      // A machine that sleeps at night does it in the morning.
      policies: { overlap: 'SKIP', catchupWindow: '1 day' },
      action: {
        type: 'startWorkflow',
        workflowType: 'RetentionWorkflow',
        taskQueue: 'bookings',
        args: [],
        staticSummary: 'Retention, by night',
      },
      memo: { purpose: 'deletes files, rows, commands and notifications whose time is over' },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
