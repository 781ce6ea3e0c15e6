import { condition, defineUpdate, proxyLocalActivities, setHandler } from '@temporalio/workflow';

// What a change of a booking can't be cheaper than in Temporal: an update that awaits one local activity.

const bareUpdate = defineUpdate<string, [string]>('bare');

const { doNothing } = proxyLocalActivities<{ doNothing(): Promise<void> }>({ startToCloseTimeout: '10s' });

/** Takes updates for ever. */
export async function BareUpdateWorkflow(): Promise<void> {
  setHandler(bareUpdate, async (id) => {
    await doNothing();
    return id;
  });
  await condition(() => false);
}

/** Started, and done. */
export async function BareStartWorkflow(): Promise<void> {}
