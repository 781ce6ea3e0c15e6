import { type SpawnOptions, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheDir } from './cache-dir.ts';

/** What every provisioning step works with. */
export interface Provisioning {
  env: NodeJS.ProcessEnv;
  /** Outside the repository; see `cacheDir`. */
  cache: string;
  /** One line a step, for the person who waits. */
  report(line: string): void;
}

export function provisioning(env: NodeJS.ProcessEnv): Provisioning {
  return { env, cache: cacheDir(env), report: (line) => process.stderr.write(`provision: ${line}\n`) };
}

/** One way to come by a program: the path, or why this way does not work here. */
export type Attempt = { path: string } | { reason: string };

/** Ways in the order they are tried. Throws with every reason and `remedy` when none works: never a silent skip. */
export async function firstThatWorks(what: string, remedy: string, ways: (() => Promise<Attempt>)[]): Promise<string> {
  const reasons: string[] = [];
  for (const way of ways) {
    const attempt = await way();
    if ('path' in attempt) return attempt.path;
    reasons.push(attempt.reason);
  }
  throw new Error(`${what} could not be provisioned:\n${reasons.map((r) => `  - ${r}`).join('\n')}\n${remedy}`);
}

/** The first executable of one of these names on PATH. */
export async function onPath(env: NodeJS.ProcessEnv, ...names: string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const dir of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
      const path = join(dir, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

export function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

export interface Command {
  program: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Killed after so long without `progress` changing; progress may be anything that grows, such as bytes on disk. */
  patienceMs: number;
  progress?: () => Promise<number>;
}

/** Runs a program to its end. Resolves to undefined when it succeeded, else to why not. */
export async function runQuietly(command: Command): Promise<string | undefined> {
  const options: SpawnOptions = {
    env: command.env,
    cwd: command.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  };
  const child = spawn(command.program, command.args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-4_000);
    });
  }
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : tellingLine(output) || `exit code ${code}`));
  });
  const kill = () => killGroup(child.pid);
  const watch = watchProgress(command, kill);
  // Its group is not ours, so a Ctrl-C does not reach it.
  process.once('exit', kill);
  return ended
    .then((failure) => (watch.expired() ? watch.explain() : failure))
    .finally(() => {
      watch.end();
      process.off('exit', kill);
    });
}

function watchProgress(command: Command, onExpired: () => void) {
  let last = -1;
  let since = Date.now();
  let isExpired = false;
  const timer = setInterval(async () => {
    const now = (await command.progress?.()) ?? last;
    if (now !== last) since = Date.now();
    last = now;
    if (Date.now() - since < command.patienceMs || isExpired) return;
    isExpired = true;
    onExpired();
  }, 250);
  const explain = () => `gave up after ${Math.round(command.patienceMs / 1000)} s without progress`;
  return { expired: () => isExpired, explain, end: () => clearInterval(timer) };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in the same moment.
  }
}

/** What a program said last about an error, else what it said last. */
function tellingLine(text: string): string {
  const lines = text.trim().split('\n');
  return (lines.findLast((line) => /error|failed|cannot|could not|no such/i.test(line)) ?? lines.at(-1) ?? '').trim();
}

/** Says every 15 s that something long still runs. */
export async function withElapsed<T>(report: (line: string) => void, what: string, work: Promise<T>): Promise<T> {
  const started = Date.now();
  const elapsed = () => Math.round((Date.now() - started) / 1000);
  const timer = setInterval(() => report(`${what} … ${elapsed()} s`), 15_000);
  return work.finally(() => clearInterval(timer));
}
