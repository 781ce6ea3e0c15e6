import './embedded/orphan-guard.ts';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storeAccesses } from '../db/access-log.ts';
import { closeDatabase, connectDatabase } from '../db/connect.ts';
import { importMetrics } from '../db/import-metrics.ts';
import { createScanner } from './clamd.ts';
import { loadConfigOrExit } from './config.ts';
import { projectRoot } from './embedded/project-root.ts';
import { inspectFile } from './files.ts';
import { createAccessRecorder } from './http/access-recorder.ts';
import { CONNECTION_LIMITS, createApiServer } from './http/api-server.ts';
import { createApp } from './http/app.ts';
import { createTokenVerifier } from './http/auth.ts';
import { createRateLimits } from './http/rate-limits.ts';
import { stopServer } from './http/server-stop.ts';
import { createSpoolDir } from './http/spool-dir.ts';
import { createTemporalLink } from './http/temporal-link.ts';
import { tokenRules } from './http/token-rules.ts';
import { createUploadGate } from './http/upload-gate.ts';
import { createLogger } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createPayloadCodec } from './payload-codec.ts';
import { NO_KEYS } from './payload-keys.ts';
import { closeTemporal, connectTemporal } from './temporal.ts';
import { openWirePayloads } from './wire-payloads.ts';

// `npm run api`: the REST API with the portal, one of as many as are wanted.
const POOL_SIZE = 20;
const UPLOAD_TOTAL_MS = 300_000;
const UPLOAD_IDLE_MS = 30_000;
/** A quarter of a megabyte, at most. */
const BODY_MS = 15_000;
/** clamd takes some 0.1 s for 10 MB of text; when it is busy, a file waits for one of its threads. */
const SCAN_MS = 20_000;
/** For a new booking's workflow. Nobody waits longer for what the reconcile does as well. */
const START_MS = 2_000;
/** Orchestrators kill after 10 s: what is in flight gets most of that. */
const STOP_MS = 8_000;
const FLUSH_MS = 1_000;

const config = loadConfigOrExit();
if (config.databaseUrl === null || config.temporal.address === null) {
  process.stderr.write(
    'DATABASE_URL and TEMPORAL_ADDRESS must be set: npm start brings its own, npm run api needs them\n',
  );
  process.exit(78);
}

const log = createLogger('api', config.logLevel);
const closing = new AbortController();
const db = connectDatabase(config.databaseUrl, { poolSize: POOL_SIZE, applicationName: 'booking-import api' });
const temporal = createTemporalLink({
  connect: () => connectTemporal(config.temporal),
  disconnect: closeTemporal,
  log,
});
const metrics = createMetrics(() => importMetrics(db));
const accesses = createAccessRecorder({
  write: (batch) => storeAccesses(db, batch),
  dropped: (count) => metrics.countDroppedAccesses(count),
  log,
});
const spoolDir = await createSpoolDir();
const rates = createRateLimits(db, config.limits);
const codec = createPayloadCodec(config.temporal.payloadKeys ?? NO_KEYS);
const app = createApp({
  db,
  temporal,
  log,
  closing: closing.signal,
  chunkRows: config.importChunkRows,
  uploads: createUploadGate(config.limits.uploadsAtOnce),
  importCaps: config.limits.importCaps,
  startLifecycle: async (id) => void (await temporal.call(({ bookings }) => bookings.start(id), START_MS)),
  openPayloads: (payloads) => openWirePayloads(codec, payloads),
  upload: {
    spoolDir,
    maxFileBytes: config.maxUploadBytes,
    totalMs: UPLOAD_TOTAL_MS,
    idleMs: UPLOAD_IDLE_MS,
    scan: config.clamdUrl === null ? undefined : createScanner({ url: config.clamdUrl, milliseconds: SCAN_MS, log }),
  },
  rates,
  trustProxy: config.trustProxy,
  bodyMs: BODY_MS,
  verifyToken: rates.signIns(createTokenVerifier(await tokenRules(config), log)),
  metrics,
  recordAccess: (access) => accesses.record(access),
  metricsToken: config.metricsToken,
  portalDir: join(projectRoot(), 'dist', 'portal'),
});

const server = createApiServer(app, CONNECTION_LIMITS);
server.listen(config.port, config.host);
await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
  log.fatal({ err: error }, `cannot listen on ${config.host}:${config.port}`);
  process.exit(1);
});
log.info({ address: server.address() }, 'the API listens');
// The thread that looks into files takes a second to start: not at the expense of the first upload.
const sample = await writeSample(spoolDir);
void inspectFile({ path: sample, options: {}, sampleRows: 1, countAll: false }).finally(() => rm(sample));
process.send?.('ready');

async function writeSample(directory: string): Promise<string> {
  const path = join(directory, 'sample.csv');
  await writeFile(path, 'customer_name\nAsha Rao\n');
  return path;
}

async function stop(why: string): Promise<void> {
  // A second signal means: now.
  if (closing.signal.aborted) process.exit(1);
  log.info({ why }, 'the API stops');
  closing.abort();
  await stopServer(server, STOP_MS);
  await accesses.flush(FLUSH_MS);
  await Promise.allSettled([temporal.close(), closeDatabase(db), rm(spoolDir, { recursive: true, force: true })]);
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
