import { setTimeout as after } from 'node:timers/promises';

/** Resolves as soon as a condition holds; rejects when it doesn't within the limit. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  limitMs = 30_000,
  everyMs = 10,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${condition}`);
    await after(everyMs);
  }
}
