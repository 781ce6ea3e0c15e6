import { proxyActivities, type RetryPolicy } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

// Twenty windows die with their worker without harm: a heartbeat that stays away for 10 s moves a window to another
// worker. A failure that outlives these tries (6.2 s in all) is told and waited out by the workflow.
const retry: RetryPolicy = {
  initialInterval: '200ms',
  backoffCoefficient: 2,
  maximumInterval: '5s',
  maximumAttempts: 6,
};

export const { parseFile, validateChunks, writeChunks, writeAllOrNothing, recordFaults } = proxyActivities<Activities>({
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '10s',
  retry,
});

export const { finishImport, pauseImport, resumeImport } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry,
});

/** Ending must come through whatever it takes: tried for ever. */
export const { failImport, abandonImport } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});
