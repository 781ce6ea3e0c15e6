import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const { startLostImports } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 3 },
});

/** Looks for what fell between Postgres and Temporal, and mends it. Run by a Schedule; gives counts by kind. */
export async function ReconcileWorkflow(): Promise<{ importsStarted: number }> {
  const { started } = await startLostImports();
  return { importsStarted: started };
}
