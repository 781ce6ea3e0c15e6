import assert from 'node:assert/strict';
import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { judgeUpdateError } from '../src/lifecycle-answers.ts';

const grpc = (code: number, details: string) =>
  new ServiceError('Workflow Update failed', {
    cause: Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} }),
  });
const failed = (type: string, message = '') =>
  new WorkflowUpdateFailedError('Workflow Update failed', ApplicationFailure.nonRetryable(message, type));

// In the server's and the SDK's own words, as they were seen.
describe('an answer to an update', () => {
  const cases: [string, unknown, string][] = [
    ['the deadline passed', new WorkflowUpdateRPCTimeoutOrCancelledError('Deadline exceeded'), 'UNKNOWN'],
    ['its deadline in plain gRPC', grpc(4, 'context deadline exceeded'), 'UNKNOWN'],
    ['no run', new WorkflowNotFoundError('workflow not found', 'booking-1', undefined), 'START'],
    ['a run that has completed', grpc(5, 'workflow execution already completed'), 'START'],
    ['a run that closes', grpc(5, 'workflow update was aborted by closing workflow'), 'START'],
    ['a run that ended before it answered', failed('AcceptedUpdateCompletedWorkflow'), 'START'],
    ['a task that ended without looking at it', failed('UnprocessedUpdate'), 'REPEAT'],
    ['a task that failed', grpc(9, 'unexpected workflow task failure'), 'REPEAT'],
    ['a start that was in the way', grpc(10, 'Update-with-Start could not be executed.'), 'REPEAT'],
    ['ten in flight', grpc(8, 'limit on number of concurrent in-flight updates has been reached'), 'REPEAT'],
    [
      'a workflow that is closing',
      grpc(8, 'workflow operation can not be applied because workflow is closing'),
      'REPEAT',
    ],
    ['a server that is away', grpc(14, 'connection refused'), 'REPEAT'],
    ['a change that could not be applied', failed('NOT_APPLIED', 'it stays in the store'), 'UNKNOWN'],
    ['a bug of ours', new TypeError('undefined is not a function'), 'SURPRISE'],
    ['a request that is wrong', grpc(3, 'invalid argument'), 'SURPRISE'],
  ];
  for (const [what, error, meaning] of cases)
    it(`that is ${what} means ${meaning}`, () => assert.equal(judgeUpdateError(error), meaning));
});
