import type { ImportRound } from './import.ts';

/** Going through the bookings of an import's round to start their lifecycles, or to end those of what was undone. */
export interface LifecycleWalk extends ImportRound {
  kind: 'start' | 'end';
}

/** How far it has come: bookings by count, and the last of their rows. */
export interface WalkState {
  due: number;
  done: number;
  afterRow: number;
  finished: boolean;
}

/** A workflow's id says what it walks for: ops search by it. */
export const walkWorkflowId = ({ importId, round, kind }: LifecycleWalk): string =>
  `${kind === 'start' ? 'activate' : 'end-lifecycles'}-${importId}-${round}`;

export const WALK_WORKFLOWS: Record<LifecycleWalk['kind'], string> = {
  start: 'ActivateBookingsWorkflow',
  end: 'EndLifecyclesWorkflow',
};
