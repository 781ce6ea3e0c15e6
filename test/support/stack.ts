import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { buildCode } from '../../src/embedded/build-code.ts';
import { buildPortal } from '../../src/embedded/build-portal.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { startNodeChild } from '../../src/embedded/node-child.ts';
import { projectRoot } from '../../src/embedded/project-root.ts';
import { signToken, type TokenClaims } from '../../src/local-keys.ts';
import { openStore, type Store } from './store.ts';
import { createNamespace, type TestTemporal, testTemporal } from './temporal.ts';
import { keepLogs } from './test-logs.ts';

export interface StackProcess {
  pid: number;
  stop(): Promise<unknown>;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
}

export interface Stack {
  apiUrl: string;
  portalUrl: string;
  adminToken: string;
  store: Store;
  temporal: TestTemporal;
  env: NodeJS.ProcessEnv;
  token(claims: TokenClaims): Promise<string>;
  startWorker(...queues: string[]): Promise<StackProcess>;
  /** The worker that was started with the stack; none when it was asked to start without. */
  worker: StackProcess | undefined;
  api: StackProcess;
  close(): Promise<void>;
}

/** The real API and a real worker as processes of their own, on a database and a Temporal namespace of their own. */
export async function withStack(options: { env?: NodeJS.ProcessEnv; worker?: boolean } = {}): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'booking-import-stack-'));
  const site = { root: projectRoot(), env: process.env, report: () => {} };
  await Promise.all([buildCode(site), buildPortal(site)]);
  const [store, server, port] = await Promise.all([openStore(), testTemporal(), freePort()]);
  const temporal = { address: server.address, namespace: await createNamespace(server.address) };
  const env = {
    ...process.env,
    DATABASE_URL: store.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    DATA_DIR: dataDir,
    PORT: String(port),
    LOG_LEVEL: 'info',
    ...options.env,
  };
  const { auth } = loadConfig(env);
  const token = (claims: TokenClaims) => signToken({ dataDir, auth }, claims);
  const adminToken = await token({ sub: 'alice', role: 'admin' });
  const started: StackProcess[] = [];
  const start = async (name: string, main: string, args: string[]) => {
    const child = toStackProcess(
      await startNodeChild({ name: `${name}-${started.length}`, main, args, env, dataDir, patienceMs: 10_000 }),
    );
    started.push(child);
    return child;
  };
  const startWorker = (...queues: string[]) => start('worker', 'worker', queues.length > 0 ? queues : ['imports']);
  const close = async () => {
    await Promise.all(started.map((child) => child.stop()));
    await store.close();
    keepLogs(join(dataDir, 'logs'));
    await rm(dataDir, { recursive: true, force: true });
  };
  const starting = [start('api', 'api', []), options.worker === false ? undefined : startWorker()] as const;
  // A half of a stack that nobody closes would keep the whole run from ending.
  await Promise.all(starting).catch((error: unknown) => close().finally(() => Promise.reject(error)));
  const [api, worker] = await Promise.all(starting);
  const apiUrl = `http://127.0.0.1:${port}`;
  return {
    apiUrl,
    portalUrl: `${apiUrl}/portal/#token=${adminToken}`,
    adminToken,
    store,
    temporal,
    env,
    token,
    startWorker,
    worker,
    api,
    close,
  };
}

function toStackProcess(child: Awaited<ReturnType<typeof startNodeChild>>): StackProcess {
  return {
    pid: child.pid,
    stop: child.stop,
    async kill() {
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
  };
}
