import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { RecordedHistory } from './recorded-histories.ts';

export interface Replayed {
  name: string;
  /** undefined: the code still does what it did. */
  error: Error | undefined;
}

/** Runs a bundle's workflows over recorded histories, one after the other; needs no server. */
export async function* replayHistories(
  bundle: NonNullable<WorkerOptions['workflowBundle']>,
  recorded: RecordedHistory[],
): AsyncGenerator<Replayed> {
  const names = recorded.map(({ name }) => name);
  // It takes the next only when it has answered for the last.
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, recorded)) {
    yield { name: names.shift() ?? '', error };
  }
}
