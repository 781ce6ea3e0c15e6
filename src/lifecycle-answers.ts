import {
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';

/** What a failed update means for whoever sent it. */
export type UpdateTrouble =
  /** Nothing was done, and the next try may do it. */
  | 'REPEAT'
  /** No run of the booking takes updates: one must be started with it. */
  | 'START'
  /** It may have been done, or may still be. */
  | 'UNKNOWN'
  /** Nobody expected it. */
  | 'SURPRISE';

const FAILED_PRECONDITION = 9;
const [CANCELLED, DEADLINE_EXCEEDED, NOT_FOUND, RESOURCE_EXHAUSTED, UNAVAILABLE] = [1, 4, 5, 8, 14];

// The server's own words: it gives one status to several things.
const TASK_FAILED = /unexpected workflow task failure/i;
const NOT_STARTED = /update-with-start could not be executed/i;
const CLOSING =
  /already completed|aborted by closing workflow|completed before the update|workflow execution not found/i;
/** The types of failures that the server makes: the run ended, or a task ended, with the update unanswered. */
const ENDED = 'AcceptedUpdateCompletedWorkflow';
const UNPROCESSED = 'UnprocessedUpdate';

/** Reads every answer that an update can get but its result. */
export function judgeUpdateError(error: unknown): UpdateTrouble {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'UNKNOWN';
  if (error instanceof WorkflowNotFoundError) return 'START';
  if (error instanceof WorkflowUpdateFailedError) return judgeFailedUpdate(error.cause);
  const grpc = grpcOf(error);
  return grpc ? judgeStatus(grpc.code, grpc.details) : 'SURPRISE';
}

function judgeFailedUpdate(cause: Error | undefined): UpdateTrouble {
  const type = (cause as { type?: string | null } | undefined)?.type ?? '';
  if (type === UNPROCESSED) return 'REPEAT';
  if (type === ENDED || CLOSING.test(cause?.message ?? '')) return 'START';
  // The store refused it for ten minutes, or the workflow lost the command: its row tells.
  return 'UNKNOWN';
}

function judgeStatus(code: number, details: string): UpdateTrouble {
  if (code === CANCELLED || code === DEADLINE_EXCEEDED) return 'UNKNOWN';
  if (code === NOT_FOUND || CLOSING.test(details)) return 'START';
  if (code === FAILED_PRECONDITION && TASK_FAILED.test(details)) return 'REPEAT';
  if (NOT_STARTED.test(details)) return 'REPEAT';
  // The SDK has repeated these already, for as long as it does.
  return code === RESOURCE_EXHAUSTED || code === UNAVAILABLE ? 'REPEAT' : 'SURPRISE';
}

function grpcOf(error: unknown): { code: number; details: string } | undefined {
  const inner = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(inner) ? { code: inner.code, details: inner.details ?? '' } : undefined;
}
