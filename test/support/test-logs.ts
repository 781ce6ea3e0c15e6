import { appendFileSync, cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createLogger } from '../../src/log.ts';

// `npm test` looks through the folder TEST_LOG_DIR at its end: nothing in it may name a customer of the fixtures.
let logger: Logger | undefined;
let kept = 0;

/** The logger of whatever runs within the tests' own process: production's, into a file. */
export function testLogger(): Logger {
  logger ??= createLogger('test', 'info', { write: (line: string) => testLines(`process-${process.pid}`, line) });
  return logger;
}

export function testLines(name: string, lines: string): void {
  const directory = process.env.TEST_LOG_DIR;
  if (directory) appendFileSync(join(directory, `${name}.log`), lines);
}

/** Saves the logs of a stack whose folder is about to go. */
export function keepLogs(from: string): void {
  const directory = process.env.TEST_LOG_DIR;
  if (!directory || !existsSync(from)) return;
  kept += 1;
  cpSync(from, join(directory, `stack-${process.pid}-${kept}`), { recursive: true });
}
