import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ImportStatus, RowErrorType, RowOutcome } from './domain/import.ts';
import type { Mended } from './domain/reconcile.ts';
import type { RetentionKind } from './domain/retention.ts';

/** What a scrape wants to know about imports, counted in Postgres. Dry runs are not in it. */
export interface ImportMetrics {
  /** WAITING: PENDING ones whose turn in line has not come, apart from those that nobody has begun. */
  byStatus: Partial<Record<ImportStatus | 'WAITING', number>>;
  /** Rows of all imports by their fate. */
  rowsByOutcome: Partial<Record<RowOutcome, number>>;
  /** Open errors by type. */
  errorsByType: Partial<Record<RowErrorType, number>>;
  /** From start to end of the imports that ended. `counts` are cumulative: one for each of `bounds` (seconds). */
  durations: { bounds: number[]; counts: number[]; count: number; sumSeconds: number };
  /** Of the imports that run now, together. */
  rowsPerSecond: number;
  /** What the reconcile has mended since there is one, by kind. */
  mended: Partial<Record<keyof Mended, number>>;
  /** What the retention has deleted since there is one, by kind. */
  cleaned: Partial<Record<RetentionKind, number>>;
  /** When it last went through a kind, in seconds since 1970. */
  cleanedAt: Partial<Record<RetentionKind, number>>;
}

/** One finished HTTP request; the route is its template, so that ids don't become labels. */
export interface ServedRequest {
  method: string;
  route: string;
  status: number;
  seconds: number;
}

export interface Metrics {
  observeRequest(request: ServedRequest): void;
  /** Accesses that the access log will never hold. */
  countDroppedAccesses(count: number): void;
  /** The Prometheus text; without the import metrics, and with `booking_imports_readable 0`, when they can't be read. */
  expose(): Promise<{ contentType: string; text: string }>;
}

const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Several scrapers, or a reload of a page, must not count the tables again each time. */
const IMPORTS_KEPT_MS = 5_000;

/** The process's metrics, those of its HTTP requests, and those of the imports, read by `readImports` at a scrape. */
export function createMetrics(readImports: () => Promise<ImportMetrics>): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const labelNames = ['method', 'route', 'status'];
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer an HTTP request',
    labelNames,
    buckets: HTTP_SECONDS,
    registers: [register],
  });
  const dropped = new Counter({
    name: 'booking_access_log_dropped_total',
    help: 'Accesses that could not be written to the access log',
    registers: [register],
  });
  const show = importGauges(register);
  const recent = keptFor(IMPORTS_KEPT_MS, readImports);
  return {
    observeRequest: ({ method, route, status, seconds }) => requests.observe({ method, route, status }, seconds),
    countDroppedAccesses: (count) => dropped.inc(count),
    expose: async () => {
      show(await recent().catch(() => undefined));
      return { contentType: register.contentType, text: await register.metrics() };
    },
  };
}

function importGauges(register: Registry): (imports: ImportMetrics | undefined) => void {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge<L>({ name, help, labelNames, registers: [register] });
  // Gauges, since a retry takes failures back: counters may only grow.
  const imports = gauge('booking_imports', 'Imports by status', ['status']);
  const rows = gauge('booking_import_rows', 'Rows of all imports by outcome', ['outcome']);
  const errors = gauge('booking_import_errors', 'Open errors by type', ['type']);
  const rate = gauge('booking_import_rows_per_second', 'Rows a second of the imports that run now');
  const mended = gauge('booking_reconcile_mended', 'What the reconcile has mended between Postgres and Temporal', [
    'kind',
  ]);
  const cleaned = gauge('booking_retention_deleted', 'What was deleted when its time was over', ['kind']);
  const cleanedAt = gauge('booking_retention_last_run_timestamp_seconds', 'When the retention last ended', ['kind']);
  const readable = gauge('booking_imports_readable', '1 when the import metrics could be read from the database');
  const durations = new CountedHistogram(register);
  return (found) => {
    readable.set(found ? 1 : 0);
    fill(imports, 'status', found?.byStatus);
    fill(rows, 'outcome', found?.rowsByOutcome);
    fill(errors, 'type', found?.errorsByType);
    fill(mended, 'kind', found?.mended);
    fill(cleaned, 'kind', found?.cleaned);
    fill(cleanedAt, 'kind', found?.cleanedAt);
    rate.set(found?.rowsPerSecond ?? 0);
    durations.counted = found?.durations;
  };
}

function fill<L extends string>(gauge: Gauge<L>, label: L, values: Partial<Record<string, number>> = {}): void {
  gauge.reset();
  for (const [key, value = 0] of Object.entries(values)) gauge.set({ [label]: key } as Record<L, string>, value);
}

const DURATION = { name: 'booking_import_duration_seconds', help: 'Time from start to end of an import' };

/** A histogram that was counted elsewhere: prom-client's own can only be observed into. */
class CountedHistogram extends Histogram {
  counted: ImportMetrics['durations'] | undefined;

  constructor(register: Registry) {
    super({ ...DURATION, registers: [register] });
  }

  override async get() {
    const { name } = DURATION;
    const { bounds = [], counts = [], count = 0, sumSeconds = 0 } = this.counted ?? {};
    const bucket = (le: number | string, value: number) => ({ metricName: `${name}_bucket`, labels: { le }, value });
    const buckets = bounds.map((bound, i) => bucket(bound, counts[i] ?? 0));
    const total = (what: string, value: number) => ({ metricName: `${name}_${what}`, labels: {}, value });
    const values = [...buckets, bucket('+Inf', count), total('sum', sumSeconds), total('count', count)];
    const kind = { type: 'histogram' as never, aggregator: 'sum' as const, collect: () => {} };
    return { ...DURATION, ...kind, values: this.counted ? values : [] };
  }

  /** What the registry asks in place of `get`; it isn't in prom-client's types. */
  getForPromString() {
    return this.get();
  }
}

/** Remembers a value for a while; a failure is not remembered. */
function keptFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { value: Promise<T>; until: number } | undefined;
  return () => {
    if (kept && Date.now() < kept.until) return kept.value;
    const value = read();
    const fresh = { value, until: Date.now() + ms };
    kept = fresh;
    value.catch(() => {
      if (kept === fresh) kept = undefined;
    });
    return value;
  };
}
