import { Context } from '@temporalio/activity';
import type { Database } from '../db/connect.ts';
import { beginRetention, deleteBatch, endRetention } from '../db/retention.ts';
import type { RetentionDays, RetentionKind } from '../src/domain/retention.ts';
import { beating } from './beat.ts';

export interface RetentionDeps {
  db: Database;
  retention: RetentionDays;
}

/**
 * Deletes what is older than its kind is kept, batch by batch, and notes it; gives how many things went. Killed, it
 * has deleted and noted the same batches.
 */
export async function cleanUp({ db, retention }: RetentionDeps, kind: RetentionKind): Promise<number> {
  const { workflowExecution, activityId } = Context.current().info;
  const run = { runId: workflowExecution?.runId ?? activityId, days: retention[kind] };
  if (run.days === 0) return 0;
  return beating(async (stopIfCancelled) => {
    await beginRetention(db, kind, run);
    while (await deleteBatch(db, kind, run)) stopIfCancelled();
    return endRetention(db, kind, run.runId);
  });
}
