import type { ImportPhase, ImportSettings, ImportStatus, ImportView } from '../src/domain/import.ts';

/** One row of `IMPORT_VIEW`. */
export interface ImportViewRow {
  id: string;
  status: ImportStatus;
  phase: ImportPhase;
  reason_code: string | null;
  reason_message: string | null;
  queue_position: number | null;
  original_filename: string;
  file_size: string;
  /** null: somebody wrote the row by hand. */
  sha256: string | null;
  admin_id: string;
  dry_run: boolean;
  import_settings: ImportSettings;
  total_rows: number;
  round: number;
  created: number;
  updated: number;
  skipped: number;
  failed: number;
  warned: number;
  last_written_at: Date | null;
  /** Rows that the current round dealt with: what its rate is made of. */
  round_rows: number;
  errors: { byType: Record<string, number>; byField: Record<string, number> } | null;
  warnings: Record<string, number> | null;
  undo: ImportView['undo'];
  lifecycles_due: number;
  lifecycles_started: number;
  created_at: Date;
  started_at: Date | null;
  completed_at: Date | null;
  rows_expired_at: Date | null;
}

/** The condition on the imports `i` of a caller who is limited to the dealers of this parameter; none: not limited. */
export const importWithin = (dealerCodes: string): string =>
  `(cardinality(${dealerCodes}::text[]) = 0 or i.dealer_codes <@ ${dealerCodes}::text[])`;

// Chunks never update the import's row (cancel would starve behind them): the counters are sums over the ledger.
export const IMPORT_VIEW = `
  select i.id, i.status, i.reason_code, i.reason_message, i.original_filename, i.file_size, i.sha256, i.admin_id,
    i.dry_run, coalesce(i.import_settings, '{}') as import_settings, i.total_rows, i.round, i.undo,
    i.created_at, i.started_at, i.completed_at, i.rows_expired_at,
    case
      when i.status = 'PENDING' then 'uploaded'
      when i.status <> 'PROCESSING' then 'done'
      when i.paused_at is not null then 'paused'
      when i.staged_round < i.round then 'parsing'
      when not exists (select from booking_import_ledger w where w.import_id = i.id and w.round = i.round) then 'validating'
      else 'writing'
    end as phase,
    case when i.status = 'PENDING' and i.queued_at is not null then (
      select count(*)::int from booking_imports q
      where q.admin_id = i.admin_id and q.status = 'PENDING' and q.queued_at is not null
        and (q.queued_at, q.id) <= (i.queued_at, i.id)
    ) end as queue_position,
    s.due as lifecycles_due, s.started as lifecycles_started,
    l.created, l.updated, l.skipped, l.failed, l.warned, l.last_written_at, l.round_rows,
    (select jsonb_object_agg(w.key, w.n) from (
      select e.key, sum(e.value::int)::int as n
      from booking_import_ledger g, jsonb_each_text(g.warnings) e where g.import_id = i.id group by e.key
    ) w) as warnings,
    case when i.status in ('PENDING', 'PROCESSING') then (
      select jsonb_build_object(
        'byType', coalesce(jsonb_object_agg(substr(f.key, 6), f.n) filter (where f.key like 'type:%'), '{}'),
        'byField', coalesce(jsonb_object_agg(substr(f.key, 7), f.n) filter (where f.key like 'field:%'), '{}'))
      from (
        select e.key, sum(e.value::int)::int as n
        from booking_import_ledger g, jsonb_each_text(g.faults) e where g.import_id = i.id
        group by e.key having sum(e.value::int) > 0
      ) f
    ) else i.error_summary end as errors
  from booking_imports i
  cross join lateral (
    select coalesce(sum(created), 0)::int as created, coalesce(sum(updated), 0)::int as updated,
      coalesce(sum(skipped), 0)::int as skipped, coalesce(sum(failed), 0)::int as failed,
      coalesce(sum(warned), 0)::int as warned, max(written_at) as last_written_at,
      coalesce(sum(created + updated + skipped + greatest(failed, 0)) filter (where round = i.round), 0)::int as round_rows
    from booking_import_ledger where import_id = i.id
  ) l
  cross join lateral (
    select coalesce(sum(due), 0)::int as due, coalesce(sum(done), 0)::int as started
    from lifecycle_walks where import_id = i.id and kind = 'start'
  ) s`;

/** A workflow's id says whose it is and which try: ops search by it. */
export const importWorkflowId = (importId: string, round: number): string => `import-${importId}-${round}`;

export function toImportView(row: ImportViewRow): ImportView {
  const successful = row.created + row.updated + row.skipped;
  const processed = successful + row.failed;
  const ended = row.phase === 'done';
  return {
    id: row.id,
    status: row.status,
    phase: row.phase,
    reason: row.reason_code === null ? null : { code: row.reason_code, message: row.reason_message ?? '' },
    queuePosition: row.queue_position,
    fileName: row.original_filename,
    fileSize: Number(row.file_size),
    sha256: row.sha256,
    adminId: row.admin_id,
    dryRun: row.dry_run,
    settings: row.import_settings,
    totalRows: row.total_rows,
    processedRows: processed,
    successfulRows: successful,
    failedRows: row.failed,
    rows: {
      created: row.created,
      updated: row.updated,
      skipped: row.skipped,
      failed: row.failed,
      notAttempted: ended ? row.total_rows - processed : 0,
      warned: row.warned,
    },
    errorSummary: row.errors ?? { byType: {}, byField: {} },
    warningSummary: { byType: row.warnings ?? {} },
    progress: progressOf(row, processed, ended),
    lifecycles: { due: row.lifecycles_due, started: row.lifecycles_started },
    undo: row.undo,
    workflowId: importWorkflowId(row.id, row.round),
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    completedAt: row.completed_at?.toISOString() ?? null,
    rowsExpiredAt: row.rows_expired_at?.toISOString() ?? null,
  };
}

function progressOf(row: ImportViewRow, processed: number, ended: boolean): ImportView['progress'] {
  const until = ended ? row.completed_at : row.last_written_at;
  const seconds = row.started_at && until ? (until.getTime() - row.started_at.getTime()) / 1000 : 0;
  const rowsPerSecond = seconds > 0 && row.round_rows > 0 ? Math.round(row.round_rows / seconds) : null;
  return {
    rowsPerSecond,
    etaSeconds: !ended && rowsPerSecond ? Math.ceil((row.total_rows - processed) / rowsPerSecond) : null,
    lastProgressAt: row.last_written_at?.toISOString() ?? null,
  };
}
