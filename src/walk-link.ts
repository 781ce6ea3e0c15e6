import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type LifecycleWalk, WALK_WORKFLOWS, walkWorkflowId } from './domain/lifecycle-walk.ts';

/** The door to the workflows that start and end the lifecycles of an import's bookings. */
export interface WalkWorkflows {
  /** Leaves a walk alone that goes on already; says whether it started one. One that has ended finds nothing to do. */
  start(walk: LifecycleWalk): Promise<boolean>;
}

export const walkWorkflows = (client: Client): WalkWorkflows => ({
  start: async (walk) => {
    const { importId, round, kind } = walk;
    try {
      await client.workflow.start(WALK_WORKFLOWS[kind], {
        workflowId: walkWorkflowId(walk),
        taskQueue: 'bookings',
        args: [{ importId, round }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${kind === 'start' ? 'Starts' : 'Ends'} the lifecycles of import ${importId}, round ${round}`,
      });
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  },
});
