import { access, chown, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { keptSecret } from './kept-secret.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { commandLine, endProcess } from './process-identity.ts';
import { type ServerAccount, serverAccount } from './server-account.ts';
import { type ServerProcess, spawnServer, waitUntilReady } from './server-process.ts';

export interface PostgresOptions {
  /** Where the cluster lives; made when missing. Its password is kept beside it, readable by the owner alone. */
  directory: string;
  logFile: string;
  /** Taken when free, else another one; `portIsFixed` when clients hold on to it already. */
  port?: number;
  portIsFixed?: boolean;
  /** Added to the server's command line, each as `name=value`. */
  settings?: string[];
}

export interface RunningPostgres extends Pick<ServerProcess, 'pid' | 'exited' | 'hasExited' | 'unref'> {
  port: number;
  /** The owner's URL of the database `postgres`. */
  adminUrl: string;
  urlOf(database: string): string;
  /** Rolls back what is open and writes a checkpoint, so the next start needs no recovery. */
  stop(): Promise<void>;
}

// For a box that also runs Temporal and Node: the defaults of PostgreSQL are those of a 1990s machine, and a bulk
// import on a max_wal_size of 1 GB checkpoints in its midst.
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=100',
  'shared_buffers=256MB',
  'maintenance_work_mem=128MB',
  'max_wal_size=2GB',
  'checkpoint_timeout=15min',
  'timezone=UTC',
  'log_timezone=UTC',
  'log_line_prefix=%m [%p] ',
  // What is refused would be quoted with it: a DETAIL holds the row, a parameter the name in it.
  'log_error_verbosity=terse',
  'log_parameter_max_length=0',
  'log_parameter_max_length_on_error=0',
];
// Recovery after a crash replays up to max_wal_size.
const START_MS = 60_000;
const STOP_MS = 3_000;

/** Starts a PostgreSQL 18 of our own; a server that an unclean end left on the same directory is stopped first. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const directory = resolve(options.directory);
  await mkdir(dirname(directory), { recursive: true });
  const binaries = await postgresBinaries();
  const account = await serverAccount([binaries.postgres, directory]);
  const password = await initialise({ directory, initdb: binaries.initdb, account, logFile: options.logFile });
  await clearLeftovers(directory);
  let port = options.portIsFixed && options.port ? options.port : await freePort(options.port);
  for (let attempt = 1; ; attempt++) {
    const command = [...account.prefix, binaries.postgres, '-D', directory, '-p', String(port), ...flags(options)];
    const server = describeServer(await spawnServer({ command, logFile: options.logFile, ids: dropTo(account) }), {
      port,
      password,
    });
    if (await waitUntilReady(server, () => answers(server.adminUrl), START_MS)) return server;
    await server.stop();
    if (attempt === 3 || options.portIsFixed)
      throw new Error(`PostgreSQL does not start; see the end of ${resolve(options.logFile)}`);
    // The likely reasons go away by themselves: the port was taken since we looked, or the shared memory of a killed
    // server is still being given back.
    port = await freePort();
  }
}

function flags(options: PostgresOptions): string[] {
  return [...SETTINGS, ...(options.settings ?? [])].flatMap((setting) => ['-c', setting]);
}

interface InitOptions {
  directory: string;
  initdb: string;
  account: ServerAccount;
  logFile: string;
}

/** Makes the cluster when there is none. Resolves to the owner's password. */
async function initialise(init: InitOptions): Promise<string> {
  const passwordFile = `${init.directory}.password`;
  const made = await exists(join(init.directory, 'PG_VERSION'));
  if (made) return (await readFile(passwordFile, 'utf8')).trim();
  const password = await keptSecret(passwordFile);
  // Into a name of its own, so that an initdb cut short is never taken for a cluster.
  const unfinished = `${init.directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await giveTo(init.account, passwordFile, unfinished);
  const command = [...init.account.prefix, init.initdb, '-D', unfinished, '-U', 'postgres', `--pwfile=${passwordFile}`];
  const layout = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const quick = ['--locale=C', '--no-instructions'];
  const all = [...command, ...layout, ...quick];
  const child = await spawnServer({ command: all, logFile: init.logFile, ids: dropTo(init.account) });
  if ((await child.exited) !== 0) throw new Error(`initdb failed; see the end of ${resolve(init.logFile)}`);
  await rename(unfinished, init.directory);
  return password;
}

async function giveTo(account: ServerAccount, ...paths: string[]): Promise<void> {
  if (account.ids) for (const path of paths) await chown(path, account.ids.uid, account.ids.gid);
}

/**
 * After a `kill -9` the lock file names a server that may still run, may be gone, or whose pid is somebody else's by
 * now: then PostgreSQL would refuse to start for ever, which is common in containers, where pids repeat.
 */
async function clearLeftovers(directory: string): Promise<void> {
  const lockFile = join(directory, 'postmaster.pid');
  const text = await readFile(lockFile, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const pid = Number(text.split('\n')[0]);
  const command = await commandLine(pid);
  if (command.includes(directory)) await endProcess(pid, { signal: 'SIGINT', patienceMs: 10_000 });
  await rm(lockFile, { force: true });
}

/** Without setpriv the ids go to spawn itself; with it the prefix changes them. */
function dropTo(account: ServerAccount): ServerAccount['ids'] {
  return account.prefix.length === 0 ? account.ids : null;
}

type Place = { port: number; password: string };

function describeServer(server: ServerProcess, { port, password }: Place): RunningPostgres {
  const urlOf = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  // SIGINT is PostgreSQL's fast shutdown: it doesn't wait for clients to hang up.
  return { ...server, port, adminUrl: urlOf('postgres'), urlOf, stop: () => server.stop('SIGINT', STOP_MS) };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
