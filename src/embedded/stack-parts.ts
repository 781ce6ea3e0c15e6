import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDatabase } from '../../db/ensure-database.ts';
import { ensureRuntimeLogin } from '../../db/ensure-runtime-login.ts';
import { loadSampleData } from '../../db/load-sample-data.ts';
import { migrate } from '../../db/migrate.ts';
import type { Config } from '../config.ts';
import { tryLock } from './file-lock.ts';
import { freePort, isFree } from './free-port.ts';
import { keepRunning, type Running } from './keep-running.ts';
import { keptSecret } from './kept-secret.ts';
import { type NodeChild, pidDir, startNodeChild } from './node-child.ts';
import { startPostgres } from './postgres.ts';
import { projectRoot } from './project-root.ts';
import { endRecorded } from './server-process.ts';
import type { StackPorts } from './stack-ports.ts';
import { startTemporal } from './temporal.ts';

export interface StackSetup {
  config: Config;
  /** Handed on to the API and the workers. */
  env: NodeJS.ProcessEnv;
  report(line: string): void;
}

/** What every part of the stack stands on. */
export interface Ground extends StackSetup {
  /** Absolute. */
  dataDir: string;
  /** How to stop what has been started, in the order of the start. */
  stops: (() => Promise<unknown>)[];
}

// What each may take to stop; with Temporal's and PostgreSQL's the sum stays below the 15 s of the contract. A worker
// gets the most: it finishes the chunks it is writing. Whoever is killed loses nothing either, but costs a retry.
const API_PATIENCE_MS = 3_500;
const WORKER_PATIENCE_MS = 5_000;
const WORKERS = { 'worker-imports': ['imports'], 'worker-bookings': ['bookings', 'notifications'] };
const DATABASE = 'bookings';

/** One stack on one `DATA_DIR`: two would write the same files. */
export async function lockDataDir({ dataDir, stops }: Ground): Promise<void> {
  const lock = await tryLock(join(dataDir, 'stack.lock'));
  if ('heldBy' in lock) {
    const advice = 'stop it, or give this one a DATA_DIR and a PORT of its own';
    throw new Error(`another stack already runs on ${dataDir} (process ${lock.heldBy}): ${advice}`);
  }
  stops.push(lock.release);
}

/**
 * Ends what a killed stack has left on this `DATA_DIR`, before anything is judged: an API that still lets its requests
 * finish holds the very port we want.
 */
export async function endLeftovers({ dataDir }: Ground): Promise<void> {
  const names = await readdir(pidDir(dataDir)).catch(() => []);
  await Promise.all(names.map((name) => endRecorded(join(pidDir(dataDir), name))));
}

/** The port that was asked for; only where nobody asked, another one may stand in for the default. */
export async function choosePort({ config, env, report }: Ground): Promise<number> {
  if (config.port === 0) return freePort();
  if (await isFree(config.port, config.host)) return config.port;
  if (env.PORT) throw new Error(`port ${config.port} on ${config.host} is taken: set PORT to a free one`);
  const port = await freePort();
  report(`port ${config.port} is taken, so the API listens on ${port}; set PORT to choose`);
  return port;
}

/** A database with today's schema: its owner's URL, and that of the API and the workers, who may do less. */
export interface DatabaseUrls {
  owner: string;
  app: string;
}

export async function bringUpDatabase(ground: Ground, ports: StackPorts): Promise<DatabaseUrls> {
  const { databaseUrl: given, appDatabaseUrl } = ground.config;
  const owner = given ?? (await bringUpPostgres(ground, ports));
  ground.report('bringing the schema forward');
  await migrate(owner);
  // Of a database of somebody else we have no more than its URL, unless he gives two.
  const app = appDatabaseUrl ?? given ?? (await ownAppUrl(ground, owner));
  if (app !== owner) await ensureRuntimeLogin(owner, app);
  if (!given) await fillNewDatabase(ground, owner);
  return { owner, app };
}

async function ownAppUrl({ dataDir }: Ground, owner: string): Promise<string> {
  const password = await keptSecret(join(dataDir, 'postgres-app.password'));
  return Object.assign(new URL(owner), { username: 'booking_import_app', password }).href;
}

async function fillNewDatabase(ground: Ground, url: string): Promise<void> {
  const loaded = await loadSampleData(url, join(projectRoot(), 'fixtures', 'test_data.sql'));
  if (loaded) ground.report('the database is new: loaded the sample dealers and advisors of fixtures/test_data.sql');
}

async function bringUpPostgres(ground: Ground, ports: StackPorts): Promise<string> {
  ground.report('starting PostgreSQL');
  const place = { directory: join(ground.dataDir, 'postgres'), logFile: join(ground.dataDir, 'logs', 'postgres.log') };
  const { adminUrl, urlOf } = await keep(ground, 'PostgreSQL', async (portIsFixed) => {
    const server = await startPostgres({ ...place, port: ports.postgres, portIsFixed });
    ports.postgres = server.port;
    return server;
  });
  await ensureDatabase(adminUrl, DATABASE);
  return urlOf(DATABASE);
}

export interface TemporalPlace {
  address: string;
  uiPort: number | null;
}

export async function bringUpTemporal(
  ground: Ground,
  ports: StackPorts,
  cli: () => Promise<string>,
): Promise<TemporalPlace> {
  const { address, namespace } = ground.config.temporal;
  if (address) return { address, uiPort: null };
  const path = await cli();
  ground.report('starting Temporal');
  const files = {
    databaseFile: join(ground.dataDir, 'temporal', 'temporal.sqlite'),
    logFile: join(ground.dataDir, 'logs', 'temporal.log'),
    pidFile: join(pidDir(ground.dataDir), 'temporal'),
  };
  return keep(ground, 'Temporal', async (portIsFixed) => {
    const wanted = { port: ports.temporal, uiPort: ports.temporalUi, portIsFixed };
    const server = await startTemporal({ cli: path, namespace, withUi: true, ...files, ...wanted });
    ports.temporal = server.port;
    ports.temporalUi = server.uiPort ?? undefined;
    return server;
  });
}

/** Imports have a process of their own: activities share its one JavaScript thread, and a big file fills that. */
export async function bringUpWorkers(ground: Ground, env: NodeJS.ProcessEnv): Promise<void> {
  ground.report('starting the workers');
  const workers: Ground = { ...ground, stops: [] };
  // Side by side, on the way down too; pushed first, so that one that fails doesn't leave the other running.
  ground.stops.push(() => Promise.all(workers.stops.map((stop) => stop())));
  const started = Object.entries(WORKERS).map(([name, queues]) =>
    keepChild(workers, { name, main: 'worker', args: queues, env, patienceMs: WORKER_PATIENCE_MS }),
  );
  const results = await Promise.allSettled(started);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

export async function bringUpApi(ground: Ground, env: NodeJS.ProcessEnv): Promise<void> {
  ground.report('starting the API');
  await keepChild(ground, { name: 'api', main: 'api', args: [], env, patienceMs: API_PATIENCE_MS });
}

function keepChild(ground: Ground, child: Omit<NodeChild, 'dataDir'>): Promise<unknown> {
  return keep(ground, child.name, () => startNodeChild({ ...child, dataDir: ground.dataDir }));
}

async function keep<T extends Running>(
  ground: Ground,
  name: string,
  start: (isRestart: boolean) => Promise<T>,
): Promise<T> {
  const kept = await keepRunning({ name, report: ground.report }, start);
  ground.stops.push(kept.stop);
  return kept.first;
}
