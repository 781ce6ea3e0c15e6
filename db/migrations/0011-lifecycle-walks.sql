-- Whether a booking has something to wait for, so that it needs a workflow. What was past when it came in has not; one
-- that came into its past later may still become a NO_SHOW, or PENDING again.
create function needs_lifecycle(b bookings) returns boolean language sql stable as $$
  select b.status not in ('COMPLETED', 'CANCELLED') and (
    b.booking_date is null or b.booking_date > now()
    or (b.status = 'ASSIGNED' and b.booking_date > coalesce(b.status_since, b.created_at))
    or (b.status = 'RESCHEDULED' and b.status_since is not null))
$$;

-- Starting or ending the lifecycles of an import's bookings, one after the other: how far it has come. A mark in each
-- booking would be an UPDATE, and nine index entries, for each of them; this is one a second.
create table lifecycle_walks (
  import_id varchar(30) collate "C" not null references booking_imports,
  round integer not null,
  kind varchar(30) not null check (kind in ('start', 'end')),
  -- The bookings made in the round, by Postgres's own clock: rounds don't overlap.
  since timestamptz not null,
  until timestamptz not null,
  due integer not null,
  done integer not null default 0,
  after_row integer not null default 0,
  finished_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (import_id, kind, round)
);
create index lifecycle_walks_open on lifecycle_walks (updated_at) where finished_at is null;

-- When the next of all walks may go on: they share one rate, whatever the number of imports and processes.
create table lifecycle_pace (
  id boolean primary key default true check (id),
  free_at timestamptz not null default now()
);
insert into lifecycle_pace default values;

-- Opens the walk that starts what a round has made; a check makes nothing, and the past needs nothing.
create function open_start_walk(imp booking_imports, p_since timestamptz) returns void language sql as $$
  insert into lifecycle_walks (import_id, kind, round, since, until, due)
  select imp.id, 'start', imp.round, p_since, imp.completed_at, made.due
  from (
    select count(*)::int as due from bookings b
    where b.import_id = imp.id and b.created_at between p_since and imp.completed_at and needs_lifecycle(b)
  ) made
  where not imp.dry_run and imp.import_settings ->> 'historical' is distinct from 'true' and made.due > 0
  on conflict do nothing
$$;

-- Ends an import: its totals from the ledger, once and for all, and its bookings' lifecycles become due in the same
-- moment, so that no crash lies between the two. The caller has shut out the writers.
create or replace function close_import(p_import varchar, p_status varchar, p_reason_code varchar, p_reason_message text)
returns void language sql as $$
  update booking_imports i set
    status = p_status, reason_code = p_reason_code, reason_message = p_reason_message, paused_at = null,
    processed_rows = l.created + l.updated + l.skipped + l.failed,
    successful_rows = l.created + l.updated + l.skipped,
    failed_rows = l.failed,
    error_summary = import_error_summary(p_import),
    completed_at = clock_timestamp(), updated_at = clock_timestamp()
  from (
    select coalesce(sum(created), 0)::int as created, coalesce(sum(updated), 0)::int as updated,
      coalesce(sum(skipped), 0)::int as skipped, coalesce(sum(failed), 0)::int as failed
    from booking_import_ledger where import_id = p_import
  ) l
  where i.id = p_import;
  select open_start_walk(i, i.started_at) from booking_imports i where i.id = p_import and i.started_at is not null;
$$;

-- What was imported before there were lifecycles.
select open_start_walk(i, i.created_at) from booking_imports i where i.completed_at is not null and i.undone_at is null;
