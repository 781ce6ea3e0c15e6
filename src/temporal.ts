import { readFile } from 'node:fs/promises';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type TLSConfig,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { importWorkflowId } from '../db/import-view.ts';
import type { ImportBookingsWorkflow } from '../workflows/import-bookings.ts';
import {
  IMPORT_WORKFLOW,
  type ImportProgress,
  pauseSignal,
  progressQuery,
  resumeSignal,
} from '../workflows/messages.ts';
import type { TemporalConfig } from './config.ts';
import { fail, ok, type Result } from './domain/failures.ts';
import type { Mended } from './domain/reconcile.ts';
import { type BookingWorkflows, bookingWorkflows } from './lifecycle-link.ts';
import { dataConverterOf } from './payload-codec.ts';
import { reconcileNow } from './reconcile-now.ts';
import { type WalkWorkflows, walkWorkflows } from './walk-link.ts';

export type { ImportProgress } from '../workflows/messages.ts';

/** The doors to the workflows. */
export interface Temporal {
  client: Client;
  imports: ImportWorkflows;
  bookings: BookingWorkflows;
  walks: WalkWorkflows;
  /** Mends now; `RUNNING` when it takes longer than `timeoutMs`. */
  reconcile(timeoutMs: number): Promise<Mended | 'RUNNING'>;
}

export interface ImportWorkflows {
  /**
   * Starts a round's workflow, and says whether it did: one that runs, or has completed, is left alone; one that was
   * terminated is started anew and goes on from the ledger.
   */
  start(importId: string, round: number): Promise<boolean>;
  /** Where it stands; undefined when no worker answers within `timeoutMs`, or nothing runs. */
  progress(importId: string, round: number, timeoutMs: number): Promise<ImportProgress | undefined>;
  /** Asks it to stop, as best it goes; nothing when it is gone. */
  cancel(importId: string, round: number): Promise<void>;
  pause(importId: string, round: number): Promise<void>;
  /** Failure: `IMPORT_NOT_PAUSED`. */
  resume(importId: string, round: number): Promise<Result<void>>;
}

const CONNECT_TIMEOUT_MS = 5_000;
// By itself the SDK waits a second after RESOURCE_EXHAUSTED, which a workflow that is closing or has ten updates in
// flight says, too: that is over within milliseconds.
const FIRST_RETRY_MS = 100;
const QUERY_BEFORE_RESUME_MS = 2_000;

/** What both kinds of connection, the client's and a worker's, take. */
export async function connectionOptions(config: TemporalConfig) {
  return {
    address: config.address ?? undefined,
    tls: config.tls ? await readTls(config.tls) : undefined,
    apiKey: config.apiKey ?? undefined,
    metadata: config.apiKey ? { 'temporal-namespace': config.namespace } : undefined,
  };
}

async function readTls(tls: NonNullable<TemporalConfig['tls']>): Promise<TLSConfig> {
  const read = (path: string | undefined) => (path ? readFile(path) : undefined);
  const [ca, crt, key] = await Promise.all([read(tls.caPath), read(tls.certPath), read(tls.keyPath)]);
  return {
    serverNameOverride: tls.serverName,
    serverRootCACertificate: ca,
    clientCertPair: crt && key ? { crt, key } : undefined,
  };
}

/** Rejects when the server can't be reached within 5 s. */
export async function connectTemporal(config: TemporalConfig): Promise<Temporal> {
  const connection = await Connection.connect({
    ...(await connectionOptions(config)),
    connectTimeout: CONNECT_TIMEOUT_MS,
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ initialIntervalMs: () => FIRST_RETRY_MS }))],
  });
  const dataConverter = dataConverterOf(config.payloadKeys);
  const client = new Client({ connection, namespace: config.namespace, dataConverter });
  return {
    client,
    imports: importWorkflows(client),
    bookings: bookingWorkflows(client),
    walks: walkWorkflows(client),
    reconcile: (timeoutMs) => reconcileNow(client, timeoutMs),
  };
}

export const closeTemporal = ({ client }: Temporal): Promise<void> => client.connection.close();

/** Rejects when the server doesn't answer. */
export async function pingTemporal({ client }: Temporal): Promise<void> {
  await client.connection.workflowService.getSystemInfo({});
}

function importWorkflows(client: Client): ImportWorkflows {
  const handleOf = (importId: string, round: number) =>
    client.workflow.getHandle<typeof ImportBookingsWorkflow>(importWorkflowId(importId, round));
  return {
    start: (importId, round) => startImport(client, importId, round),
    progress: (importId, round, timeoutMs) => queryProgress(client, handleOf(importId, round), timeoutMs),
    cancel: async (importId, round) => {
      await handleOf(importId, round).cancel().catch(ignoreGone);
    },
    pause: (importId, round) => handleOf(importId, round).signal(pauseSignal),
    resume: async (importId, round) => {
      const handle = handleOf(importId, round);
      const progress = await queryProgress(client, handle, QUERY_BEFORE_RESUME_MS);
      if (progress && progress.phase !== 'paused') {
        return fail('IMPORT_NOT_PAUSED', `the import is not paused: it is ${progress.phase}`);
      }
      await handle.signal(resumeSignal);
      return ok(undefined);
    },
  };
}

async function startImport(client: Client, importId: string, round: number): Promise<boolean> {
  const workflowId = importWorkflowId(importId, round);
  try {
    await client.workflow.start<typeof ImportBookingsWorkflow>(IMPORT_WORKFLOW, {
      workflowId,
      taskQueue: 'imports',
      args: [{ importId, round }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: `Import of bookings, round ${round}`,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** A query needs a worker: with none alive it would wait for the whole gRPC deadline. */
async function queryProgress(
  client: Client,
  handle: WorkflowHandle<typeof ImportBookingsWorkflow>,
  timeoutMs: number,
): Promise<ImportProgress | undefined> {
  try {
    return await client.connection.withDeadline(Date.now() + timeoutMs, () => handle.query(progressQuery));
  } catch {
    return undefined;
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
