import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';
import { deathSignalPrefix } from './server-account.ts';
import { type ServerProcess, spawnServer } from './server-process.ts';

export interface NodeChild {
  name: string;
  /** A main beside `start`: `api`, `worker`. */
  main: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  dataDir: string;
  /** How long it may take to stop before it is killed. */
  patienceMs: number;
}

// Cold, with tsx compiling on two busy cores.
const START_MS = 120_000;

/** Where the stack notes what it has started. */
export const pidDir = (dataDir: string) => join(dataDir, 'pids');

/** Starts one of our own mains and waits until it says `ready`. Its log goes to `DATA_DIR/logs/<name>.log`. */
export async function startNodeChild(child: NodeChild) {
  const logFile = join(child.dataDir, 'logs', `${child.name}.log`);
  const pidFile = join(pidDir(child.dataDir), child.name);
  const command = [...(await deathSignalPrefix('SIGTERM')), process.execPath, ...nodeArgs(child)];
  const process_ = await spawnServer({ command, logFile, pidFile, env: child.env, ipc: true });
  const stop = () => process_.stop('SIGTERM', child.patienceMs);
  if (!(await saysReady(process_))) {
    await stop();
    throw new Error(`${child.name} does not start:\n${await endOf(logFile)}\n(all of it in ${logFile})`);
  }
  return { ...process_, stop };
}

// The heap's limit: a file within the limits needs less than half of it. Without a limit V8 lets the garbage of a large import lie on a
// machine with much memory: 383 MB were seen, and 340 with it.
const V8_FLAGS = [
  '--max-old-space-size=512',
  // From V8's own small beginnings a large import is collected over and over while the heap grows: a tenth of the
  // worker's work, against 30 MB. From 96 MB instead of 128 it takes another tenth, against 18 MB.
  '--min-semi-space-size=16',
  '--initial-old-space-size=128',
  // V8's own four threads take turns with Postgres on two cores, and the main thread waits for each of them at every
  // collection: some twentieth of an import's time.
  '--v8-pool-size=1',
];

// Compiled in a clone, too (see `buildCode`).
const nodeArgs = ({ main, args }: NodeChild): string[] => [
  ...V8_FLAGS,
  join(projectRoot(), 'dist', 'src', `${main}.js`),
  ...args,
];

async function saysReady(server: ServerProcess): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((done) => {
    timer = setTimeout(done, START_MS, false);
  });
  const ready = server.says('ready').then(() => true);
  const ended = server.exited.then(() => false);
  return Promise.race([ready, ended, tooLate]).finally(() => clearTimeout(timer));
}

async function endOf(logFile: string): Promise<string> {
  return (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-15).join('\n');
}
