import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { freePort } from './free-port.ts';
import { deathSignalPrefix } from './server-account.ts';
import { type ServerProcess, spawnServer, waitUntilReady } from './server-process.ts';

export interface TemporalOptions {
  /** Temporal's CLI. */
  cli: string;
  /** SQLite; null: in memory. */
  databaseFile: string | null;
  logFile: string;
  namespace: string;
  /** Taken when free, else others; `portIsFixed` when clients hold on to `port` already. */
  port?: number;
  uiPort?: number;
  portIsFixed?: boolean;
  pidFile?: string;
  withUi: boolean;
}

export interface RunningTemporal extends Pick<ServerProcess, 'pid' | 'exited' | 'hasExited' | 'unref'> {
  port: number;
  /** host:port of the gRPC front end. */
  address: string;
  namespace: string;
  /** The Web UI; null without one. */
  uiPort: number | null;
  stop(): Promise<void>;
}

const START_MS = 60_000;
const STOP_MS = 2_500;
// 62 workflow starts a second with SQLite's own defaults, 91 with these (docs/operations). What a power cut may lose
// with `NORMAL` is the last moment of Temporal's own state, and reconciliation against PostgreSQL mends that.
const PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((pragma) => ['--sqlite-pragma', pragma]);

/** Starts Temporal's dev server and waits until it serves the namespace. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  if (options.databaseFile) await mkdir(dirname(resolve(options.databaseFile)), { recursive: true });
  let port = options.portIsFixed && options.port ? options.port : await freePort(options.port);
  let uiPort = options.withUi ? await freePort(options.uiPort) : null;
  const prefix = await deathSignalPrefix('SIGTERM');
  for (let attempt = 1; ; attempt++) {
    const command = [...prefix, options.cli, ...commandLineOf(options, { port, uiPort })];
    const server = await spawnServer({ command, logFile: options.logFile, pidFile: options.pidFile });
    const address = `127.0.0.1:${port}`;
    const stop = () => server.stop('SIGTERM', STOP_MS);
    if (await waitUntilReady(server, () => servesNamespace(address, options.namespace), START_MS)) {
      return { ...server, port, address, namespace: options.namespace, uiPort, stop };
    }
    await stop();
    if (attempt === 3 || options.portIsFixed)
      throw new Error(`Temporal does not start; see the end of ${resolve(options.logFile)}`);
    // Somebody took a port between our look and its listen.
    port = await freePort();
    uiPort = options.withUi ? await freePort() : null;
  }
}

function commandLineOf(options: TemporalOptions, ports: { port: number; uiPort: number | null }): string[] {
  const place = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.port)];
  const ui = ports.uiPort === null ? ['--headless'] : ['--ui-port', String(ports.uiPort)];
  const store = options.databaseFile ? ['--db-filename', resolve(options.databaseFile), ...PRAGMAS] : [];
  return [...place, ...ui, ...store, '--namespace', options.namespace, '--log-level', 'warn'];
}

async function servesNamespace(address: string, namespace: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000 });
    await connection.withDeadline(Date.now() + 2_000, () =>
      (connection as Connection).workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
