import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import { storeAccesses } from '../../db/access-log.ts';
import { closeDatabase, connectDatabase, type Database } from '../../db/connect.ts';
import { importMetrics } from '../../db/import-metrics.ts';
import type { ScanFile } from '../../src/clamd.ts';
import { type Limits, loadConfig, type TemporalConfig, type TrustProxy } from '../../src/config.ts';
import { createAccessRecorder } from '../../src/http/access-recorder.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, createApiServer } from '../../src/http/api-server.ts';
import { createApp } from '../../src/http/app.ts';
import { createTokenVerifier } from '../../src/http/auth.ts';
import { createRateLimits } from '../../src/http/rate-limits.ts';
import { createTemporalLink } from '../../src/http/temporal-link.ts';
import { tokenRules } from '../../src/http/token-rules.ts';
import { createUploadGate } from '../../src/http/upload-gate.ts';

import { signToken, type TokenClaims } from '../../src/local-keys.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createPayloadCodec } from '../../src/payload-codec.ts';
import { NO_KEYS } from '../../src/payload-keys.ts';
import { closeTemporal, connectTemporal } from '../../src/temporal.ts';
import { openWirePayloads } from '../../src/wire-payloads.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { CAPS } from '../support/store.ts';
import { testLogger } from '../support/test-logs.ts';

export const AUTH = { kind: 'local', issuer: 'booking-import', audience: 'booking-import' } as const;
/** Nothing listens there. */
const NOWHERE: TemporalConfig = { address: '127.0.0.1:1', namespace: 'default', tls: null, apiKey: null };

export interface Answered {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer; a type would say it twice.
  body: any;
}

export interface RunningApi {
  app: Express;
  url: string;
  port: number;
  db: Database;
  /** Of the schema, for what the API itself may not do. */
  owner: Database;
  dataDir: string;
  spoolDir: string;
  server: Server;
  closing: AbortController;
  /** Writes the accesses that wait. */
  flushAccesses(): Promise<void>;
  /** Sends as the admin `alice`, JSON if there is a body, and reads the answer whole. */
  call(method: string, path: string, more?: { body?: unknown; headers?: Record<string, string> }): Promise<Answered>;
  /** Sends a file as the admin `alice`. */
  upload(
    path: string,
    file: { content: string | Uint8Array; name?: string; settings?: unknown },
    headers?: Record<string, string>,
  ): Promise<Answered>;
  token(claims?: Partial<TokenClaims>): Promise<string>;
  stop(): Promise<void>;
}

/** The real app on a real port with a database of its own; without Temporal unless an address is given. */
export async function startApi(
  options: {
    temporal?: TemporalConfig;
    maxFileBytes?: number;
    scan?: ScanFile;
    reroute?: (url: string) => Promise<string>;
    startLifecycle?: (bookingId: string) => Promise<void>;
    metricsToken?: string;
    limits?: Partial<Limits>;
    connections?: Partial<ConnectionLimits>;
    bodyMs?: number;
    trustProxy?: TrustProxy;
  } = {},
): Promise<RunningApi> {
  const directory = await mkdtemp(join(tmpdir(), 'api-test-'));
  const database = await createTestDatabase();
  const reached = (await options.reroute?.(database.url)) ?? database.url;
  const db = connectDatabase(reached, { poolSize: 5, applicationName: 'test api' });
  const owner = connectDatabase(database.ownerUrl, { poolSize: 2, applicationName: 'test as the owner' });
  const log = testLogger();
  const config = options.temporal ?? NOWHERE;
  const temporal = createTemporalLink({ connect: () => connectTemporal(config), disconnect: closeTemporal, log });
  const closing = new AbortController();
  const limits = { ...loadConfig({}).limits, importCaps: CAPS, ...options.limits };
  const spoolDir = join(directory, 'spool');
  const upload = {
    spoolDir,
    maxFileBytes: options.maxFileBytes ?? 1_000_000,
    totalMs: 20_000,
    idleMs: 20_000,
    scan: options.scan,
  };
  const metrics = createMetrics(() => importMetrics(db));
  const accesses = createAccessRecorder({
    write: (batch) => storeAccesses(db, batch),
    dropped: (count) => metrics.countDroppedAccesses(count),
    log,
  });
  const rates = createRateLimits(db, limits);
  const app = createApp({
    db,
    temporal,
    log,
    upload,
    startLifecycle: options.startLifecycle,
    closing: closing.signal,
    chunkRows: 500,
    verifyToken: rates.signIns(createTokenVerifier(await tokenRules({ auth: AUTH, dataDir: directory }), log)),
    metrics,
    openPayloads: (payloads) => openWirePayloads(createPayloadCodec(NO_KEYS), payloads),
    recordAccess: (access) => accesses.record(access),
    metricsToken: options.metricsToken ?? null,
    uploads: createUploadGate(limits.uploadsAtOnce),
    importCaps: limits.importCaps,
    rates,
    trustProxy: options.trustProxy ?? false,
    bodyMs: options.bodyMs ?? 20_000,
    portalDir: join(directory, 'portal'),
  });
  const server = createApiServer(app, { ...CONNECTION_LIMITS, ...options.connections }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const token = (claims: Partial<TokenClaims> = {}) =>
    signToken({ dataDir: directory, auth: AUTH }, { sub: 'alice', role: 'admin', ...claims });
  const authorization = `Bearer ${await token()}`;
  return {
    ...{ app, server, url, port, db, owner, dataDir: directory, spoolDir, closing, token },
    flushAccesses: () => accesses.flush(5_000),
    call: (method, path, { body, headers } = {}) =>
      read(
        fetch(`${url}${path}`, {
          method,
          headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
          body: body === undefined ? undefined : JSON.stringify(body),
        }),
      ),
    upload: (path, { content, name = 'bookings.csv', settings }, headers) => {
      const form = new FormData();
      if (settings !== undefined) form.append('settings', JSON.stringify(settings));
      form.append('file', new Blob([content as string]), name);
      return read(fetch(`${url}${path}`, { method: 'POST', headers: { authorization, ...headers }, body: form }));
    },
    stop: async () => {
      closing.abort();
      await end(server);
      await accesses.flush(1_000);
      await temporal.close();
      await Promise.all([closeDatabase(db), closeDatabase(owner)]);
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function read(pending: Promise<Response>): Promise<Answered> {
  const response = await pending;
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
