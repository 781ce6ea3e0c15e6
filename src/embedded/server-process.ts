import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { endProcess, identify } from './process-identity.ts';

export interface ServerProcess {
  pid: number;
  /** Resolves to the exit code (null: a signal) when the server ends, however that comes about. */
  exited: Promise<number | null>;
  hasExited(): boolean;
  /** Asks it to end, and insists after `patienceMs`. */
  stop(signal: NodeJS.Signals, patienceMs: number): Promise<void>;
  /** Resolves when the child sends this message. */
  says(message: string): Promise<void>;
  /** From now on our own process may end although this one runs. */
  unref(): void;
}

export interface ServerCommand {
  command: string[];
  logFile: string;
  /** Remembers the process, so that the next start finds what a `kill -9` of us has left. */
  pidFile?: string;
  ids?: { uid: number; gid: number } | null;
  env?: NodeJS.ProcessEnv;
  /** With a channel to us: the child can say that it is ready, and learns when we are gone. */
  ipc?: boolean;
}

const LOG_BYTES = 10 * 1024 * 1024;

/**
 * Starts a server whose log goes to a file descriptor and not through us: a server that outlives us must not block on
 * a dead pipe. It has a process group of its own, so that Ctrl-C on a terminal reaches us alone and we stop things in
 * order.
 */
export async function spawnServer(server: ServerCommand): Promise<ServerProcess> {
  const { command, logFile, pidFile, ids, env } = server;
  await mkdir(dirname(logFile), { recursive: true });
  if (pidFile) await endRecorded(pidFile);
  await rotate(logFile);
  const log = await open(logFile, 'a');
  const [program = '', ...args] = command;
  const stdio: StdioOptions = ['ignore', log.fd, log.fd, ...(server.ipc ? (['ipc'] as const) : [])];
  const child = spawn(program, args, { ...ids, env, stdio, detached: true, cwd: server.ipc ? undefined : '/' });
  await once(child, 'spawn').finally(() => log.close());
  if (pidFile) await record(pidFile, child.pid as number);
  return describe(child);
}

function describe(child: ChildProcess): ServerProcess {
  const pid = child.pid as number;
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const stop = async (signal: NodeJS.Signals, patienceMs: number) => {
    if (!hasExited()) await endProcess(pid, { signal, patienceMs });
  };
  const says = (message: string) =>
    new Promise<void>((done) => child.on('message', (received) => received === message && done()));
  return { pid, exited, hasExited, stop, says, unref: () => child.unref() };
}

async function record(pidFile: string, pid: number): Promise<void> {
  await writeFile(pidFile, (await identify(pid)) ?? '');
}

/** Ends the process that the file names, if it is still that process. */
export async function endRecorded(pidFile: string): Promise<void> {
  await mkdir(dirname(pidFile), { recursive: true });
  const identity = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = Number(identity.split(' ')[0]);
  if (identity !== '' && (await identify(pid)) === identity)
    await endProcess(pid, { signal: 'SIGINT', patienceMs: 8_000 });
}

/** One old log is kept; a log that only grows fills the disk the database needs. */
async function rotate(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES) await rename(logFile, `${logFile}.1`);
}

/** Polls until `condition` holds. False when the server ended or the time was up before. */
export async function waitUntilReady(
  server: Pick<ServerProcess, 'hasExited'>,
  condition: () => Promise<boolean>,
  patienceMs: number,
): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (!server.hasExited() && Date.now() < deadline) {
    // A port that somebody else listens on answers too: only what our own process answers counts.
    if ((await condition()) && !server.hasExited()) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}
