/** Something that runs until it is stopped or falls over. */
export interface Running {
  exited: Promise<unknown>;
  stop(): Promise<void>;
}

export interface Kept<T extends Running> {
  first: T;
  /** Stops it for good. */
  stop(): Promise<void>;
}

export interface KeepOptions {
  name: string;
  report(line: string): void;
  /** Between a fall and the next start: doubled each time, from the first to the second. Milliseconds. */
  backoff?: [first: number, longest: number];
}

// Whoever ran for so long fell over for a new reason, so the waiting begins anew.
const STEADY_MS = 60_000;

/** Starts something, and again whenever it ends by itself. Throws when the very first start fails. */
export async function keepRunning<T extends Running>(
  options: KeepOptions,
  start: (isRestart: boolean) => Promise<T>,
): Promise<Kept<T>> {
  const first = await start(false);
  const stopped = new AbortController();
  let current: Running | null = first;
  const watching = watch();
  return { first, stop };

  async function watch(): Promise<void> {
    const [shortest, longest] = options.backoff ?? [500, 30_000];
    let delay = shortest;
    while (!stopped.signal.aborted) {
      const since = Date.now();
      await current?.exited;
      if (stopped.signal.aborted) return;
      if (Date.now() - since > STEADY_MS) delay = shortest;
      const what = current ? 'ended unexpectedly' : 'is down';
      options.report(`${options.name} ${what}; starting it again in ${delay / 1000} s`);
      await pause(delay, stopped.signal);
      delay = Math.min(delay * 2, longest);
      current = stopped.signal.aborted ? null : await startAgain();
    }
  }

  async function startAgain(): Promise<Running | null> {
    try {
      const next = await start(true);
      options.report(`${options.name} runs again`);
      return next;
    } catch (error) {
      options.report(`${options.name} could not be started again: ${(error as Error).message}`);
      return null;
    }
  }

  async function stop(): Promise<void> {
    stopped.abort();
    await current?.stop();
    await watching;
    // A start that was on its way while we stopped has come through by now.
    await current?.stop();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });
}
