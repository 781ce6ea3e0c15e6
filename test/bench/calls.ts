import { setTimeout as after } from 'node:timers/promises';

/** What a caller is asked for. */
export interface Calls {
  /** Our REST API, or Temporal with the bare workflow behind it. */
  to: 'own' | 'bare';
  count: number;
  /** null: each as soon as the last is answered. */
  perSecond: number | null;
}

export interface Timed {
  ms: number[];
  /** Those that were not answered with what was asked for. */
  failed: number;
}

/** Makes one call; false when it didn't do what it should. */
export type Call = () => Promise<boolean>;

export async function timeCalls(call: Call, { count, perSecond }: Calls): Promise<Timed> {
  const timed: Timed = { ms: [], failed: 0 };
  const timeOne = async (since: number) => {
    if (!(await call())) timed.failed += 1;
    timed.ms.push(performance.now() - since);
  };
  if (perSecond === null) for (let n = 0; n < count; n += 1) await timeOne(performance.now());
  else await sendEvenly(count, perSecond, timeOne);
  return timed;
}

/** Sends at fixed instants, whatever the answers do: a caller that waits would not see what those behind it wait. */
async function sendEvenly(count: number, perSecond: number, timeOne: (since: number) => Promise<void>): Promise<void> {
  const began = performance.now();
  const sent = Array.from({ length: count }, async (_, n) => {
    const due = began + (n * 1000) / perSecond;
    await after(Math.max(0, due - performance.now()));
    await timeOne(due);
  });
  await Promise.all(sent);
}

export const joined = (all: Timed[]): Timed => ({
  ms: all.flatMap(({ ms }) => ms),
  failed: all.reduce((sum, { failed }) => sum + failed, 0),
});
