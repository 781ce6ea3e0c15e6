import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';

/** What an activity's failure means for its import. */
export type Trouble =
  /** The import is over for this workflow, or its file is: nothing here can mend it. */
  | { kind: 'final' }
  /** It goes away by itself. */
  | { kind: 'outage'; code: string; message: string }
  /** A person must look at it. */
  | { kind: 'halt'; code: string; message: string };

export function judgeFailure(error: unknown): Trouble {
  if (isCancellation(error)) return { kind: 'final' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) {
    return { kind: 'outage', code: 'WORKER_LOST', message: 'the worker stopped answering; another one takes over' };
  }
  if (!(cause instanceof ApplicationFailure)) return { kind: 'final' };
  const message = cause.message;
  if (cause.type === 'DATABASE_UNAVAILABLE') return { kind: 'outage', code: cause.type, message };
  if (cause.type === 'DATABASE_REFUSES_ROWS') return { kind: 'halt', code: cause.type, message };
  // Non-retryable: an expected failure of the file, or the fence. Retryable and still here: nobody expected it.
  return cause.nonRetryable ? { kind: 'final' } : { kind: 'halt', code: 'INTERNAL', message };
}
