import { type LocalActivityOptions, proxyLocalActivities } from '@temporalio/workflow';
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
