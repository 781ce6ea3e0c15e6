import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition holds; fails with its description after `ms`. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  for (const until = Date.now() + ms; Date.now() < until; await sleep(10)) if (await holds()) return;
  throw new Error(`it does not come about within ${ms} ms: ${what}`);
}
