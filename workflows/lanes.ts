/** At most `width` pieces of work at once; the first failure stops taking more and is thrown. */
export interface Lanes {
  /** Resolves when the work has started, which may wait for a free lane. */
  add(work: () => Promise<void>): Promise<void>;
  drained(): Promise<void>;
}

export function openLanes(width: number): Lanes {
  const running: Promise<void>[] = [];
  const failures: unknown[] = [];
  const throwFirst = () => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    async add(work) {
      while (running.length >= width) await Promise.race(running);
      throwFirst();
      // A rejected lane that nobody awaits yet would fail the workflow task, so its failure is kept until asked for.
      const lane = work()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => void running.splice(running.indexOf(lane), 1));
      running.push(lane);
    },
    async drained() {
      await Promise.all(running);
      throwFirst();
    },
  };
}
