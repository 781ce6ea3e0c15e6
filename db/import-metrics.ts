import type { ImportStatus, RowErrorType, RowOutcome } from '../src/domain/import.ts';
import type { Mended } from '../src/domain/reconcile.ts';
import type { RetentionKind } from '../src/domain/retention.ts';
import type { Database } from './connect.ts';
import { oneRow } from './query.ts';

const DURATION_BOUNDS_SECONDS = [0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

interface ImportFigures {
  byStatus: Partial<Record<ImportStatus | 'WAITING', number>>;
  rowsByOutcome: Partial<Record<RowOutcome, number>>;
  errorsByType: Partial<Record<RowErrorType, number>>;
  durations: { bounds: number[]; counts: number[]; count: number; sumSeconds: number };
  rowsPerSecond: number;
  mended: Partial<Record<keyof Mended, number>>;
  cleaned: Partial<Record<RetentionKind, number>>;
  cleanedAt: Partial<Record<RetentionKind, number>>;
}

// Only of real imports: a check writes nothing that an operator has to count.
const FIGURES = `
  with real as (select * from booking_imports where not dry_run),
  ledger as (
    select l.*, i.status, i.started_at from booking_import_ledger l join real i on i.id = l.import_id
  ),
  ended as (
    select extract(epoch from completed_at - started_at)::float8 as seconds from real
    where completed_at is not null and started_at is not null
  )
  select
    coalesce((select jsonb_object_agg(status, n) from (
      select case when status = 'PENDING' and queued_at is not null then 'WAITING' else status end as status, count(*) as n
      from real group by 1) s), '{}')
      as "byStatus",
    (select jsonb_build_object('created', coalesce(sum(created), 0), 'updated', coalesce(sum(updated), 0),
      'skipped', coalesce(sum(skipped), 0), 'failed', coalesce(sum(failed), 0)) from ledger) as "rowsByOutcome",
    coalesce((select jsonb_object_agg(type, n) from (
      select e.key as type, sum(e.value::int) as n
      from real i, jsonb_each_text(i.error_summary -> 'byType') e group by e.key) t), '{}') as "errorsByType",
    jsonb_build_object('bounds', $1::float8[],
      'counts', (select jsonb_agg((select count(*) from ended where seconds <= b) order by b) from unnest($1::float8[]) b),
      'count', (select count(*) from ended), 'sumSeconds', (select coalesce(sum(seconds), 0) from ended)) as durations,
    coalesce((select jsonb_object_agg(kind, mended) from reconcile_totals), '{}') as mended,
    coalesce((select jsonb_object_agg(kind, n) from (
      select kind, sum(items) as n from retention_runs group by kind) c), '{}') as cleaned,
    coalesce((select jsonb_object_agg(kind, at) from (
      select kind, extract(epoch from max(finished_at))::float8 as at from retention_runs
      where finished_at is not null group by kind) c), '{}') as "cleanedAt",
    coalesce((select sum(n / greatest(seconds, 0.001)) from (
      select sum(created + updated + skipped + greatest(failed, 0)) as n,
        extract(epoch from max(written_at) - min(started_at))::float8 as seconds
      from ledger where status = 'PROCESSING' group by import_id) running), 0)::float8 as "rowsPerSecond"`;

/** What the metrics tell of imports: counted here, so that it is true with any number of processes, and after restarts. */
export const importMetrics = (db: Database): Promise<ImportFigures> =>
  oneRow<ImportFigures>(db, FIGURES, [DURATION_BOUNDS_SECONDS]);
