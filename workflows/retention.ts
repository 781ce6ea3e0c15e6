import { log, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { RETENTION_KINDS, type RetentionKind } from '../src/domain/retention.ts';

const { cleanUp } = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10s',
  retry: { maximumAttempts: 5 },
});

/**
 * Deletes what nobody needs any more, kind by kind; gives how many of each. A Schedule runs it each night. A kind that
 * can't be cleaned doesn't keep the others; it fails the run.
 */
export async function RetentionWorkflow(): Promise<Partial<Record<RetentionKind, number>>> {
  const cleaned: Partial<Record<RetentionKind, number>> = {};
  const failures: unknown[] = [];
  for (const kind of RETENTION_KINDS) {
    try {
      cleaned[kind] = await cleanUp(kind);
    } catch (error) {
      failures.push(error);
    }
    setCurrentDetails(describe(cleaned));
  }
  if (failures.length > 0) throw failures[0];
  log.info('what was beyond its time is deleted', { ...cleaned });
  return cleaned;
}

const describe = (cleaned: Partial<Record<RetentionKind, number>>): string =>
  Object.entries(cleaned)
    .map(([kind, count]) => `${kind} deleted: ${count}`)
    .join('\n\n');
