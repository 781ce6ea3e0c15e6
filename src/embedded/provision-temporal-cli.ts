import { mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { withLock } from './file-lock.ts';
import {
  type Attempt,
  firstThatWorks,
  isExecutable,
  onPath,
  type Provisioning,
  runQuietly,
  withElapsed,
} from './provision.ts';
import { sdkDownload } from './sdk-download.ts';

export const CLI_VERSION = '1.5.1';
const MODULE = `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`;
const REMEDY =
  "Install Temporal's CLI (https://docs.temporal.io/cli) and put it on PATH or name it in TEMPORAL_CLI, " +
  'or install Go 1.23 or newer, or set TEMPORAL_ADDRESS to a Temporal server of your own.';

/** The path of Temporal's CLI, by the ways and in the order of the contract. */
export function provisionTemporalCli(given: Provisioning): Promise<string> {
  return firstThatWorks("Temporal's CLI", REMEDY, [
    () => fromVariable(given),
    () => fromPath(given),
    () => fromCacheOrNet(given),
  ]);
}

async function fromVariable({ env }: Provisioning): Promise<Attempt> {
  if (!env.TEMPORAL_CLI) return { reason: 'TEMPORAL_CLI is not set' };
  if (await isExecutable(env.TEMPORAL_CLI)) return { path: env.TEMPORAL_CLI };
  // Going on with another program than the one that was asked for would hide the mistake.
  throw new Error(`TEMPORAL_CLI names ${env.TEMPORAL_CLI}, which is not an executable file`);
}

async function fromPath({ env }: Provisioning): Promise<Attempt> {
  const path = await onPath(env, 'temporal');
  return path ? { path } : { reason: 'no `temporal` on PATH' };
}

async function fromCacheOrNet(given: Provisioning): Promise<Attempt> {
  const directory = join(given.cache, `temporal-cli-${CLI_VERSION}`);
  const path = join(directory, 'temporal');
  if (await isExecutable(path)) return { path };
  const wait = (pid: number) => given.report(`Temporal CLI: waiting for process ${pid}, which is getting it`);
  return withLock(join(directory, '.lock'), wait, async () => {
    if (await isExecutable(path)) return { path };
    const downloaded = await sdkDownload(given, { kind: 'cli', path });
    if ('path' in downloaded) return downloaded;
    given.report(`Temporal CLI: the SDK's download does not work here (${downloaded.reason})`);
    const installed = await goInstall(given, path);
    return 'path' in installed
      ? installed
      : { reason: `SDK's download: ${downloaded.reason}\n  - ${installed.reason}` };
  });
}

/** 2-4 minutes and 252 MB on two cores; what an interrupted run has fetched and compiled stays in Go's own caches. */
async function goInstall(given: Provisioning, path: string): Promise<Attempt> {
  // Go's own installer puts it where only a login shell looks.
  const usual = join(given.env.GOROOT || '/usr/local/go', 'bin');
  const go = await onPath({ PATH: [given.env.PATH, usual].join(delimiter) }, 'go');
  if (!go) return { reason: '`go install`: no `go` on PATH' };
  given.report(`Temporal CLI: go install ${MODULE} (2 to 4 minutes, once)`);
  const gobin = `${path}.gobin`;
  await mkdir(gobin, { recursive: true });
  const env = { ...given.env, GOBIN: gobin, CGO_ENABLED: '0' };
  const command = { program: go, args: ['install', MODULE], env, patienceMs: 20 * 60_000 };
  const failure = await withElapsed(given.report, 'Temporal CLI: go install', runQuietly(command));
  if (failure !== undefined) return { reason: `go install: ${failure}` };
  await rename(join(gobin, 'temporal'), path);
  await rm(gobin, { recursive: true, force: true });
  given.report(`Temporal CLI: ready in ${path}`);
  return { path };
}
