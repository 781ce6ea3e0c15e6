-- What was cleaned away when its time was over: one row for each kind of each run, also when there was nothing. Each
-- batch adds to it in its own transaction, so that it is true after any crash.
create table retention_runs (
  -- Of the workflow: a second try of an activity adds to the row of the first.
  run_id varchar(100) not null,
  kind varchar(30) not null,
  -- What was older than this is gone.
  up_to timestamptz not null,
  -- Imports, commands, notifications, entries.
  items bigint not null default 0,
  -- Rows of tables: an import has many.
  rows bigint not null default 0,
  -- Of files.
  bytes bigint not null default 0,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  primary key (run_id, kind)
);
create index retention_runs_by_kind on retention_runs (kind, started_at);

-- When its file, its staged rows, its errors and their fates were deleted; counts, summary and hash stay.
alter table booking_imports add column rows_expired_at timestamptz;
create index booking_imports_to_expire on booking_imports (completed_at) where rows_expired_at is null;

-- Deletes an import's file and rows, and notes what that was. The caller holds the import's lock, and has seen that its
-- time is over: a retry is refused from here on, never half served.
create function expire_import(p_import varchar, p_run varchar, p_up_to timestamptz) returns void language sql as $$
  with files as (
    delete from booking_import_files where import_id = p_import returning octet_length(bytes) as n
  ), chunks as (
    delete from booking_import_chunks where import_id = p_import returning row_count
  ), open_errors as (
    -- Two statements for two indexes: each is partial.
    delete from booking_import_errors where import_id = p_import and resolved_round is null returning 1
  ), resolved_errors as (
    delete from booking_import_errors where import_id = p_import and resolved_round is not null returning 1
  ), fates as (
    delete from booking_import_rows where import_id = p_import returning 1
  ), marked as (
    update booking_imports set rows_expired_at = clock_timestamp() where id = p_import
  ), counted as (
    select (select coalesce(sum(row_count), 0) from chunks) + (select count(*) from open_errors)
      + (select count(*) from resolved_errors) + (select count(*) from fates) as rows,
      (select coalesce(sum(n), 0) from files) as bytes
  )
  insert into retention_runs (run_id, kind, up_to, items, rows, bytes)
  select p_run, 'imports', p_up_to, 1, rows, bytes from counted
  on conflict (run_id, kind) do update set items = retention_runs.items + 1,
    rows = retention_runs.rows + excluded.rows, bytes = retention_runs.bytes + excluded.bytes
$$;
create index booking_import_errors_resolved on booking_import_errors (import_id) where resolved_round is not null;
