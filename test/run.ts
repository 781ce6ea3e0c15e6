import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { provisioning } from '../src/embedded/provision.ts';
import { provisionChromium } from '../src/embedded/provision-chromium.ts';
import { provisionTemporalCli } from '../src/embedded/provision-temporal-cli.ts';
import { provisionTestServer } from '../src/embedded/provision-test-server.ts';
import { unseenOperations } from './support/documented-answers.ts';
import { findPersonalData, fixtureCustomers } from './support/personal-data.ts';
import { testPostgres, testTemplate } from './support/postgres.ts';
import { testTemporal } from './support/temporal.ts';

// `npm test [-- PATH… --grep TEXT]`: every test there is, or those below the paths, against servers of this run alone.

const TIMEOUT_MS = 120_000;
const SLOWEST = 10;
/** Most tests wait as much as they compute: on two slow cores the suite takes 13 minutes by two lanes, 22 by one. */
const LANES = Number(process.env.TEST_LANES ?? 2);
const ROOT_HOOKS = join(import.meta.dirname, 'support/mocha-hooks.ts');
// The bench measures for minutes and proves nothing; it has a command of its own.
const LEFT_OUT = ['bench'];

interface Tally {
  passed: number;
  failed: number;
  skipped: string[];
  slow: { title: string; ms: number }[];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string' } } });
  const files = selectFiles(positionals);
  const tally: Tally = { passed: 0, failed: 0, skipped: [], slow: [] };
  // Whatever happens from here on, the last line tells the truth.
  process.once('exit', () => conclude(tally));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const logs = provideLogs();
  await provideServers();
  await runMocha(files, values.grep, tally);
  // Only the whole suite can be asked for having seen everything.
  if (values.grep === undefined && files.length === selectFiles([]).length) judgeOperations(logs, tally);
  judgeLogs(logs, tally);
  reportLeaks();
}

function selectFiles(paths: string[]): string[] {
  if (paths.length === 0) return testFilesBelow(import.meta.dirname, LEFT_OUT);
  return paths.flatMap((path) => {
    if (!existsSync(path)) throw new Error(`there is no ${path}`);
    return statSync(path).isDirectory() ? testFilesBelow(path, []) : [resolve(path)];
  });
}

function testFilesBelow(directory: string, leftOut: string[]): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => !leftOut.includes(entry.name))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return testFilesBelow(path, []);
      return entry.name.endsWith('.test.ts') ? [resolve(path)] : [];
    })
    .sort();
}

/** Everything that logs, in this process or in those it starts, does so in one folder. */
function provideLogs(): string {
  const directory = mkdtempSync(join(tmpdir(), 'booking-import-test-logs-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  process.env.TEST_LOG_DIR = directory;
  return directory;
}

function judgeOperations(logs: string, tally: Tally): void {
  const unseen = unseenOperations(logs);
  for (const key of unseen) process.stdout.write(`never seen to succeed: ${key}\n`);
  tally.failed += unseen.length;
}

/** Each kind of line that names a customer is a failed test. Told without what it says, which is the point. */
function judgeLogs(directory: string, tally: Tally): void {
  const found = findPersonalData(directory, fixtureCustomers());
  const lines = found.map(({ file, line, what, message }) => `  ${file}:${line}: ${what} in "${message}"\n`);
  if (found.length > 0) process.stdout.write(`\nthe logs of the tests name customers:\n${lines.join('')}`);
  tally.failed += found.length;
}

/** The tests, and the processes they start, find the servers by these variables. */
async function provideServers(): Promise<void> {
  const given = provisioning(process.env);
  process.env.TEMPORAL_CLI = await provisionTemporalCli(given);
  process.env.TEST_TIME_SKIPPING_SERVER = await provisionTestServer(given);
  process.env.CHROME_PATH = await provisionChromium(given);
  const [postgres, temporal] = await Promise.all([testPostgres(), testTemporal()]);
  process.env.TEST_POSTGRES_URL = postgres.adminUrl;
  process.env.TEST_POSTGRES_TEMPLATE = await testTemplate();
  process.env.TEST_TEMPORAL_ADDRESS = temporal.address;
}

/** Many files in lanes, each a process that takes the next file, and shown file by file; otherwise shown as it goes. */
async function runMocha(files: string[], grep: string | undefined, tally: Tally): Promise<void> {
  const isParallel = files.length > 1 && LANES > 1;
  const mocha = new Mocha({
    ...{ timeout: TIMEOUT_MS, slow: 2_000, ...(grep ? { grep } : {}) },
    ...{ parallel: isParallel, jobs: LANES, require: [ROOT_HOOKS] },
    ...(isParallel ? {} : { rootHooks: (await import(ROOT_HOOKS)).mochaHooks }),
  });
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();
  await new Promise<void>((done) => {
    const runner = mocha.run(() => done());
    runner.on('pass', (test) => {
      tally.passed += 1;
      tally.slow.push({ title: `${relative('.', test.file ?? '')}: ${test.fullTitle()}`, ms: test.duration ?? 0 });
    });
    // A failing hook counts as well: the tests behind it have not run.
    runner.on('fail', () => {
      tally.failed += 1;
    });
    runner.on('pending', (test) => tally.skipped.push(test.fullTitle()));
  });
}

/** Whatever a test left open would keep this process alive; it is named rather than hidden by an early exit. */
function reportLeaks(): void {
  const timer = setTimeout(() => {
    process.stderr.write(`\nleft open by the tests: ${process.getActiveResourcesInfo().join(', ')}\n`);
    process.exit();
  }, 5_000);
  timer.unref();
}

/** Runs as the process exits, so only what is synchronous gets through. */
function conclude({ passed, failed, skipped, slow }: Tally): void {
  const say = (line: string) => writeSync(1, `${line}\n`);
  const slowest = slow.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  if (slowest.length > 0) say(`\nslowest:\n${slowest.map(({ ms, title }) => `  ${ms} ms  ${title}`).join('\n')}`);
  for (const title of skipped) say(`skipped: ${title}`);
  if (passed + failed === 0) say('no test ran');
  if (failed > 0 || passed === 0) process.exitCode ||= 1;
  say(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`);
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.stack ?? error.message}\n`);
  process.exit(1);
});
