import type { Logger } from 'pino';
import { fail, ok, type Result } from '../domain/failures.ts';
import type { Temporal } from '../temporal.ts';

/** Temporal, connected when it is first needed: the API starts and serves reads while Temporal is away. */
export interface TemporalLink {
  /** What `use` makes of the connection, or TEMPORAL_UNAVAILABLE when it throws or takes longer than `timeoutMs`. */
  call<T>(use: (temporal: Temporal) => Promise<T>, timeoutMs: number): Promise<Result<T>>;
  close(): Promise<void>;
}

export interface TemporalDoor {
  connect(): Promise<Temporal>;
  disconnect(temporal: Temporal): Promise<void>;
  log: Logger;
}

const AWAY_MS = 100;

export function createTemporalLink(door: TemporalDoor): TemporalLink {
  let connecting: Promise<Temporal> | undefined;
  let connected = false;
  let failing = false;
  const connection = () => {
    // A failed attempt is forgotten, so that the next call tries anew.
    connecting ??= door.connect().then(
      (temporal) => {
        connected = true;
        return temporal;
      },
      (error) => {
        connecting = undefined;
        throw error;
      },
    );
    return connecting;
  };
  return {
    call: async (use, timeoutMs) => {
      try {
        // While it is known to be away, nobody waits for it: the attempt to connect goes on, and a later call finds it.
        const temporal = await within(failing ? Math.min(AWAY_MS, timeoutMs) : timeoutMs, connection());
        const value = await within(timeoutMs, use(temporal));
        failing = false;
        return ok(value);
      } catch (error) {
        // Streams ask twice a second: the first failure is news, the others are not.
        door.log[failing ? 'debug' : 'warn']({ err: error }, 'a call to Temporal failed');
        failing = true;
        return fail('TEMPORAL_UNAVAILABLE', 'Temporal does not answer; try again in a moment.');
      }
    },
    close: async () => {
      // An attempt that is on its way is not waited for: it may take 5 s, and a stop has less than that.
      const ending = connecting?.then(door.disconnect).catch(() => {});
      if (connected) await ending;
    },
  };
}

/** Rejects when the promise takes longer. What it does goes on: gRPC has no way to take back a request. */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
