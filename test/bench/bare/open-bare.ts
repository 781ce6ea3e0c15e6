import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { waitFor } from '../../support/wait-for.ts';
import type { BareStartWorkflow, BareUpdateWorkflow } from './workflow.ts';

/** Starts the bare workflows' worker; it ends with the bench at the latest. */
export async function openBareWorker(env: NodeJS.ProcessEnv): Promise<{ close(): Promise<void> }> {
  const worker = fork(join(import.meta.dirname, 'worker.ts'), { env, execArgv: ['--import', 'tsx'] });
  const exited = once(worker, 'exit');
  await Promise.race([once(worker, 'message'), exited.then(() => Promise.reject(new Error('the bare worker ended')))]);
  return {
    close: async () => {
      worker.kill('SIGTERM');
      await exited;
    },
  };
}

/** Starts workflows that take bare updates; gives their ids. */
export async function startBareUpdates(client: Client, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => `bare-${n}`);
  for (const workflowId of ids)
    await client.workflow.start<typeof BareUpdateWorkflow>('BareUpdateWorkflow', {
      workflowId,
      taskQueue: 'bare',
      workflowTaskTimeout: '3s',
    });
  return ids;
}

/** Starts workflows that do nothing, so many of them in flight; gives the seconds that took. */
export async function timeBareStarts(client: Client, run: number, { count = 0, lanes = 0 }): Promise<number> {
  const ids = Array.from({ length: count }, (_, n) => `bare-start-${run}-${n}`);
  const began = performance.now();
  const lane = async () => {
    for (let workflowId = ids.pop(); workflowId; workflowId = ids.pop())
      await client.workflow.start<typeof BareStartWorkflow>('BareStartWorkflow', { workflowId, taskQueue: 'bare' });
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (performance.now() - began) / 1000;
}

/** Waits until so many workflows of a visibility query are there. */
export const untilCounted = (client: Client, query: string, count: number): Promise<void> =>
  waitFor(async () => (await client.workflow.count(query)).count >= count, 120_000, 200);
