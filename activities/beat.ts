import { CancelledFailure, Context } from '@temporalio/activity';

const BEAT_MS = 2_000;

/** Stops the activity here when it was cancelled or its worker shuts down. */
export type StopIfCancelled = () => void;

/**
 * Heartbeats every 2 s while `work` runs, so that one long statement isn't taken for a dead worker. Work asks by the
 * function that it is given: inside a stream that a socket drives, `Context.current()` may be another activity's.
 */
export async function beating<T>(work: (stopIfCancelled: StopIfCancelled) => Promise<T>): Promise<T> {
  const context = Context.current();
  const { cancellationSignal } = context;
  const timer = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    return await work(() => {
      if (!cancellationSignal.aborted) return;
      throw cancellationSignal.reason instanceof Error ? cancellationSignal.reason : new CancelledFailure('cancelled');
    });
  } finally {
    clearInterval(timer);
  }
}
