import { CancellationScope } from '@temporalio/workflow';

/** Runs pieces of work one after the other, in the order in which they came; cancelling the workflow stops none. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function openTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(() => CancellationScope.nonCancellable(work));
    last = turn.catch(() => undefined);
    return turn;
  };
}
