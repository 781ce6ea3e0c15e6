import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Calls, Timed } from './calls.ts';

/** What a caller calls, one after the other and round again. */
export interface Called {
  apiUrl: string;
  token: string;
  /** PENDING, and changed by nobody else. */
  bookingIds: string[];
  bareIds: string[];
}

export interface Caller {
  time(calls: Calls): Promise<Timed>;
  close(): void;
}

export async function openCaller(env: NodeJS.ProcessEnv, called: Called): Promise<Caller> {
  const script = join(import.meta.dirname, 'caller.ts');
  const caller = fork(script, [JSON.stringify(called)], { env, execArgv: ['--import', 'tsx'] });
  const ended = once(caller, 'exit').then(() => Promise.reject(new Error('the caller ended')));
  ended.catch(() => {});
  const hear = async () => (await Promise.race([once(caller, 'message'), ended]))[0];
  await hear();
  return {
    time: (calls) => {
      caller.send(calls);
      return hear() as Promise<Timed>;
    },
    close: () => caller.disconnect(),
  };
}
