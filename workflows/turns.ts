/** Runs pieces of work one after the other, in the order in which they came. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function openTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
