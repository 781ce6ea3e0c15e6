import { createRequire } from 'node:module';
import * as fastCheck from 'fast-check';

/**
 * Tests of random input take another seed each run, unless TEST_SEED gives one: to judge a commit by what it changes, or,
 * with TEST_PATH, to repeat what failed, which tells both.
 */
export function seedRandomTests({ TEST_SEED, TEST_PATH } = process.env): void {
  if (!TEST_SEED) return;
  const given = { seed: Number(TEST_SEED), ...(TEST_PATH ? { path: TEST_PATH } : {}) };
  // Mocha may require a test or import it, and each way has a copy of the library.
  const copies: (typeof fastCheck)[] = [fastCheck, createRequire(import.meta.url)('fast-check')];
  for (const { configureGlobal } of copies) configureGlobal(given);
}
