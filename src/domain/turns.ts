/** Runs what it is given at most `places` at once, in the order of coming. */
export function createTurns(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((next) => waiting.push(next));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place goes from hand to hand: were it free in between, a newcomer could take it.
      if (next) next();
      else free += 1;
    }
  };
}
