import { resolve } from 'node:path';
import { signToken } from '../local-keys.ts';
import { baseUrl } from './base-url.ts';
import { buildCode } from './build-code.ts';
import { buildPortal } from './build-portal.ts';
import { projectRoot } from './project-root.ts';
import { provisioning } from './provision.ts';
import { provisionTemporalCli } from './provision-temporal-cli.ts';
import {
  bringUpApi,
  bringUpDatabase,
  bringUpTemporal,
  bringUpWorkers,
  choosePort,
  type DatabaseUrls,
  endLeftovers,
  type Ground,
  lockDataDir,
  type StackSetup,
  type TemporalPlace,
} from './stack-parts.ts';
import { readPorts, writePorts } from './stack-ports.ts';

/** What the line `ready` tells. */
export interface StackUrls {
  /** Without a path. */
  api: string;
  /** Its fragment signs in as an admin, unless tokens come from an issuer. */
  portal: string;
  /** null: a Temporal of somebody else, whose Web UI we don't know. */
  temporalUi: string | null;
  /** host:port */
  temporal: string;
  /** May read every table. */
  database: string;
}

export interface Stack {
  /** Rejects with `StackStopped` when `stop` was called meanwhile. */
  start(): Promise<StackUrls>;
  /** In the opposite order, within 15 s. May be called at any time, and more than once. */
  stop(): Promise<void>;
}

export class StackStopped extends Error {
  override name = 'StackStopped';
}

// So long a stop waits for the step of the start that is on its way, so as to stop what that has started too.
const STEP_MS = 2_000;

/** One tree: database → migrations → Temporal → workers → API. What falls over is started again. */
export function createStack(setup: StackSetup): Stack {
  const ground: Ground = { ...setup, dataDir: resolve(setup.config.dataDir), stops: [] };
  let stopping: Promise<void> | undefined;
  let step: Promise<unknown> = Promise.resolve();

  async function next<T>(work: () => Promise<T>): Promise<T> {
    if (stopping) throw new StackStopped('the stack was stopped while it started');
    const working = work();
    step = working.catch(() => undefined);
    return working;
  }

  async function start(): Promise<StackUrls> {
    try {
      return await bringUp(ground, next);
    } catch (error) {
      await stop();
      throw error;
    }
  }

  function stop(): Promise<void> {
    stopping ??= bringDown(ground, step);
    return stopping;
  }

  return { start, stop };
}

type Next = <T>(work: () => Promise<T>) => Promise<T>;

async function bringUp(ground: Ground, next: Next): Promise<StackUrls> {
  await next(() => lockDataDir(ground));
  await next(() => endLeftovers(ground));
  const port = await next(() => choosePort(ground));
  const ports = await readPorts(ground.dataDir);
  const cli = cliInAdvance(ground);
  const site = { ...ground, root: projectRoot() };
  const code = settleLater(buildCode(site));
  const portal = settleLater(buildPortal(site));
  const database = await next(() => bringUpDatabase(ground, ports));
  const temporal = await next(() => bringUpTemporal(ground, ports, cli));
  await writePorts(ground.dataDir, ports);
  const env = childEnv(ground, { port, database, temporal });
  await next(code);
  await next(() => bringUpWorkers(ground, env));
  await next(portal);
  await next(() => bringUpApi(ground, env));
  return describeUrls(ground, { port, database, temporal });
}

/** Getting Temporal's CLI takes minutes the first time, so it begins at once, beside the database. */
function cliInAdvance({ config, env }: Ground): () => Promise<string> {
  if (config.temporal.address) return () => Promise.reject(new Error('a Temporal of somebody else needs no CLI'));
  return settleLater(provisionTemporalCli(provisioning(env)));
}

/** Whoever asks hears of a failure; until then it must not count as unhandled. */
function settleLater<T>(work: Promise<T>): () => Promise<T> {
  work.catch(() => undefined);
  return () => work;
}

async function bringDown(ground: Ground, step: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((done) => {
    timer = setTimeout(done, STEP_MS);
  });
  await Promise.race([step, patience]).finally(() => clearTimeout(timer));
  for (const stopOne of ground.stops.toReversed()) {
    // One that can't be stopped must not keep the others running.
    await stopOne().catch((error: Error) => ground.report(error.message));
  }
}

interface Places {
  port: number;
  database: DatabaseUrls;
  temporal: TemporalPlace;
}

function childEnv({ env, dataDir }: Ground, { port, database, temporal }: Places): NodeJS.ProcessEnv {
  const places = { PORT: String(port), DATABASE_URL: database.app, TEMPORAL_ADDRESS: temporal.address };
  return { ...env, ...places, DATA_DIR: dataDir };
}

async function describeUrls({ config, dataDir }: Ground, places: Places): Promise<StackUrls> {
  const api = baseUrl(config.host, places.port);
  const { auth } = config;
  const claims = { sub: 'admin', role: 'admin', ttl: '30 days' } as const;
  const fragment = auth.kind === 'local' ? `#token=${await signToken({ dataDir, auth }, claims)}` : '';
  const { uiPort, address } = places.temporal;
  const temporalUi = uiPort === null ? null : `http://127.0.0.1:${uiPort}`;
  return { api, portal: `${api}/portal/${fragment}`, temporalUi, temporal: address, database: places.database.owner };
}
