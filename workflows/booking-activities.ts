import { type LocalActivityOptions, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

// Local ones: a task of its own for each would cost an answer 100 ms. After 5 s of trouble a timer waits, not the task.
const options: LocalActivityOptions = {
  startToCloseTimeout: '10s',
  localRetryThreshold: '5s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '15s' },
};

/** Without its state a booking can do nothing: read until it is there. */
export const { readLifecycle } = proxyLocalActivities<Activities>(options);

/** Given up after ten minutes: what can never work must not shut a booking for ever. */
export const { applyCommand, fireTimer } = proxyLocalActivities<Activities>({
  ...options,
  scheduleToCloseTimeout: '10 minutes',
});

// Nobody waits for it, so it is a task of its own and may fail on its own. Given up after five minutes, since the run
// that asked for it can't end before; the reconcile takes it up.
export const { deliverNotifications } = proxyActivities<Activities>({
  taskQueue: 'notifications',
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
});
