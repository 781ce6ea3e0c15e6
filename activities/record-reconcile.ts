import type { Database } from '../db/connect.ts';
import { getReconcilePosition, recordReconcile as recordStored } from '../db/reconcile-lifecycles.ts';

interface Deps {
  db: Database;
}

/** After which booking the next run goes on. */
export const readReconcilePosition = ({ db }: Deps): Promise<string> => getReconcilePosition(db);

/** Adds what a run has mended to the totals, and keeps where the next one goes on; null: where it would have anyway. */
export const recordReconcile = ({ db }: Deps, mended: Record<string, number>, position: string | null): Promise<void> =>
  recordStored(db, mended, position);
