import { setTimeout as after } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ReconcileWorkflow } from '../workflows/reconcile.ts';
import type { Mended } from './domain/reconcile.ts';

/** Goes through all bookings; two that want it at once share one run. `RUNNING`: it goes on, beyond `timeoutMs`. */
export async function reconcileNow(client: Client, timeoutMs: number): Promise<Mended | 'RUNNING'> {
  const handle = await client.workflow.start<typeof ReconcileWorkflow>('ReconcileWorkflow', {
    workflowId: 'reconcile-now',
    taskQueue: 'bookings',
    args: [{ full: true }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'Reconcile of all bookings, asked for by an admin',
  });
  const given = new AbortController();
  const tooLate = after(timeoutMs, 'RUNNING' as const, { signal: given.signal, ref: false });
  tooLate.catch(() => {});
  return Promise.race([handle.result(), tooLate]).finally(() => given.abort());
}
