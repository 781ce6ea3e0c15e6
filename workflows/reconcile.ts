import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const { startLostImports, startLostWalks, handLeftCommands } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 3 },
});

interface Mended {
  importsStarted: number;
  walksStarted: number;
  commandsHanded: number;
}

/** Looks for what fell between Postgres and Temporal, and mends it. Run by a Schedule; gives counts by kind. */
export async function ReconcileWorkflow(): Promise<Mended> {
  const [imports, commands, walks] = await Promise.all([startLostImports(), handLeftCommands(), startLostWalks()]);
  return { importsStarted: imports.started, walksStarted: walks.started, commandsHanded: commands.handed };
}
