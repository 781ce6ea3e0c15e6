import { CancelledFailure, Context } from '@temporalio/activity';

const BEAT_MS = 2_000;

/** Heartbeats every 2 s while `work` runs, so that one long statement isn't taken for a dead worker. */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Stops the activity here when it was cancelled or its worker shuts down. */
export function stopIfCancelled(): void {
  const { cancellationSignal } = Context.current();
  if (!cancellationSignal.aborted) return;
  throw cancellationSignal.reason instanceof Error ? cancellationSignal.reason : new CancelledFailure('cancelled');
}
