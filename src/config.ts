import Joi from 'joi';
import type { RetentionDays } from './domain/retention.ts';
import { type Limits, limitsFrom, limitVariables } from './limits-config.ts';
import { type PayloadKeys, readPayloadKeys } from './payload-keys.ts';
import { type TrustProxy, trustProxyVariable } from './trust-proxy.ts';

export type { Limits } from './limits-config.ts';
export type { TrustProxy } from './trust-proxy.ts';

export interface Config {
  port: number;
  host: string;
  dataDir: string;
  /** null: the embedded PostgreSQL. */
  databaseUrl: string | null;
  /** For whoever migrates: the login of the API and the workers, which is made, or given this password. */
  appDatabaseUrl: string | null;
  temporal: TemporalConfig;
  auth: AuthConfig;
  maxUploadBytes: number;
  limits: Limits;
  trustProxy: TrustProxy;
  /** `tcp://host:port` or `unix:/path`; null: uploads are not scanned. */
  clamdUrl: string | null;
  importChunkRows: number;
  /** At most so many bookings' lifecycles are started after imports, or ended after an undo. */
  lifecycleStartsPerSecond: number;
  retention: RetentionDays;
  logLevel: string;
  /** What a scraper of the API's metrics must send; null: they are open. */
  metricsToken: string | null;
  /** Where a worker serves its Prometheus metrics; null: nowhere. */
  workerMetricsPort: number | null;
}

export interface TemporalConfig {
  /** null: the embedded dev server. */
  address: string | null;
  namespace: string;
  tls: { serverName?: string; caPath?: string; certPath?: string; keyPath?: string } | null;
  apiKey: string | null;
  /** Of what workflows and activities are given; absent or null: it is plain. */
  payloadKeys?: PayloadKeys | null;
}

/** Either an issuer with its JWKS, or the local key pair in `DATA_DIR`; never both. */
export type AuthConfig =
  | { kind: 'issuer'; issuer: string; audience: string; jwksUrl: string }
  | { kind: 'local'; issuer: string; audience: string };

const path = Joi.string().min(1);
/** 0: for ever. */
const days = Joi.number().integer().min(0).max(36_500);
const schema = Joi.object({
  PORT: Joi.number().port().default(3000),
  HOST: Joi.string().hostname().default('127.0.0.1'),
  DATA_DIR: path.default('.data'),
  DATABASE_URL: Joi.string().uri({ scheme: ['postgres', 'postgresql'] }),
  APP_DATABASE_URL: Joi.string().uri({ scheme: ['postgres', 'postgresql'] }),
  TEMPORAL_ADDRESS: Joi.string().pattern(/^[^\s/]+:\d+$/, 'host:port'),
  TEMPORAL_NAMESPACE: Joi.string().default('default'),
  TEMPORAL_TLS_ENABLED: Joi.boolean().default(false),
  TEMPORAL_TLS_SERVER_NAME: Joi.string(),
  TEMPORAL_TLS_CA_PATH: path,
  TEMPORAL_TLS_CERT_PATH: path,
  TEMPORAL_TLS_KEY_PATH: path,
  TEMPORAL_API_KEY: Joi.string(),
  PAYLOAD_KEYS: Joi.string().custom((text: string, helpers) => {
    const read = readPayloadKeys(text);
    return typeof read === 'string' ? helpers.message({ custom: read }) : read;
  }),
  AUTH_ISSUER: Joi.string(),
  AUTH_AUDIENCE: Joi.string(),
  AUTH_JWKS_URL: Joi.string().uri({ scheme: ['http', 'https'] }),
  MAX_UPLOAD_BYTES: Joi.number().integer().min(1024).default(10_485_760),
  CLAMD_URL: Joi.string().pattern(/^(tcp:\/\/[^\s/]+:\d+|unix:\/\S+)$/, 'tcp://host:port or unix:/path'),
  IMPORT_CHUNK_ROWS: Joi.number().integer().min(1).max(5000).default(500),
  LIFECYCLE_STARTS_PER_SECOND: Joi.number().integer().min(1).max(10_000).default(20),
  RETENTION_IMPORT_DAYS: days.default(30),
  RETENTION_COMMAND_DAYS: days.default(90),
  RETENTION_NOTIFICATION_DAYS: days.default(90),
  // The database deletes none that is younger than seven days, whoever asks.
  RETENTION_ACCESS_LOG_DAYS: Joi.alternatives(Joi.valid(0), days.min(7)).default(90),
  LOG_LEVEL: Joi.string().valid('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
  METRICS_TOKEN: Joi.string()
    .min(16)
    .pattern(/^[\w.~+/=-]+$/)
    .messages({ 'string.pattern.base': '{{#label}} must be letters, digits and ._~+/=-' }),
  WORKER_METRICS_PORT: Joi.number().port(),
  ...limitVariables,
  TRUST_PROXY: trustProxyVariable,
})
  .and('AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL')
  .and('TEMPORAL_TLS_CERT_PATH', 'TEMPORAL_TLS_KEY_PATH');

export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the environment once. Throws a `ConfigError` that names every fault at once and never a value:
 * `DATABASE_URL`, `TEMPORAL_API_KEY`, `METRICS_TOKEN` and `PAYLOAD_KEYS` are secrets.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  // An empty variable is how compose files and CI spell "unset".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { value, error } = schema.validate(given, { abortEarly: false, stripUnknown: true });
  if (error) throw new ConfigError(`the environment is not right:\n${error.details.map(describe).join('\n')}`);
  const tlsPaths = {
    serverName: value.TEMPORAL_TLS_SERVER_NAME,
    caPath: value.TEMPORAL_TLS_CA_PATH,
    certPath: value.TEMPORAL_TLS_CERT_PATH,
    keyPath: value.TEMPORAL_TLS_KEY_PATH,
  };
  const tlsWanted =
    value.TEMPORAL_TLS_ENABLED || value.TEMPORAL_API_KEY || Object.values(tlsPaths).some((p) => p !== undefined);
  return {
    port: value.PORT,
    host: value.HOST,
    dataDir: value.DATA_DIR,
    databaseUrl: value.DATABASE_URL ?? null,
    appDatabaseUrl: value.APP_DATABASE_URL ?? null,
    temporal: {
      address: value.TEMPORAL_ADDRESS ?? null,
      namespace: value.TEMPORAL_NAMESPACE,
      tls: tlsWanted ? tlsPaths : null,
      apiKey: value.TEMPORAL_API_KEY ?? null,
      payloadKeys: value.PAYLOAD_KEYS ?? null,
    },
    auth: value.AUTH_ISSUER
      ? { kind: 'issuer', issuer: value.AUTH_ISSUER, audience: value.AUTH_AUDIENCE, jwksUrl: value.AUTH_JWKS_URL }
      : { kind: 'local', issuer: 'booking-import', audience: 'booking-import' },
    maxUploadBytes: value.MAX_UPLOAD_BYTES,
    limits: limitsFrom(value),
    trustProxy: value.TRUST_PROXY,
    clamdUrl: value.CLAMD_URL ?? null,
    importChunkRows: value.IMPORT_CHUNK_ROWS,
    lifecycleStartsPerSecond: value.LIFECYCLE_STARTS_PER_SECOND,
    retention: {
      imports: value.RETENTION_IMPORT_DAYS,
      commands: value.RETENTION_COMMAND_DAYS,
      notifications: value.RETENTION_NOTIFICATION_DAYS,
      accessLog: value.RETENTION_ACCESS_LOG_DAYS,
    },
    logLevel: value.LOG_LEVEL,
    metricsToken: value.METRICS_TOKEN ?? null,
    workerMetricsPort: value.WORKER_METRICS_PORT ?? null,
  };
}

function describe(detail: Joi.ValidationErrorItem): string {
  const name = detail.path.join('.') || (detail.context?.missingWithLabels as string[] | undefined)?.join(', ');
  // joi's messages quote the label, never the value, for every rule that is used above.
  return `  ${name ?? 'environment'}: ${detail.message}`;
}

/** For a main: the configuration, or every fault on stderr and exit code 78 (EX_CONFIG). */
export function loadConfigOrExit(env: NodeJS.ProcessEnv = process.env): Config {
  try {
    return loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
}
