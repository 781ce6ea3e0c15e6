create table booking_imports (
  id varchar(30) collate "C" primary key default gen_cuid(),
  -- A token's subject, which may be longer than the plan's 30.
  admin_id varchar(255) not null,
  filename varchar(512) not null,
  original_filename varchar(512),
  file_size bigint check (file_size >= 0),
  total_rows integer default 0 check (total_rows >= 0),
  processed_rows integer default 0 check (processed_rows >= 0),
  successful_rows integer default 0 check (successful_rows >= 0),
  failed_rows integer default 0 check (failed_rows >= 0),
  status varchar(30) not null default 'PENDING'
    check (status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  import_settings jsonb,
  error_summary jsonb,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),

  sha256 text,
  -- The settings as one hash: the same bytes with other settings are another import.
  fingerprint text,
  idempotency_key varchar(255),
  dry_run boolean not null default false,
  chunk_rows integer not null default 500 check (chunk_rows > 0),
  -- A retry is a new round. Cancel, retry and undo bump the epoch: a writer of an older one is fenced off.
  round integer not null default 1 check (round > 0),
  epoch integer not null default 1 check (epoch > 0),
  staged_round integer not null default 0,
  paused_at timestamptz,
  reason_code varchar(50),
  reason_message text,
  -- What the file turned out to be: type, encoding, delimiter, sheet, header, columns.
  facts jsonb,
  warning_summary jsonb,
  undone_at timestamptz,
  undo jsonb,
  ip_address inet,
  user_agent text
);
create unique index booking_imports_one_running on booking_imports (sha256, fingerprint, dry_run)
  where status in ('PENDING', 'PROCESSING');
create unique index booking_imports_idempotency on booking_imports (admin_id, idempotency_key)
  where idempotency_key is not null;
create index booking_imports_completed_file on booking_imports (sha256)
  where status = 'COMPLETED' and not dry_run and undone_at is null;

-- The upload's bytes in parts of 1 MB, so that any worker on any machine reads them and one backup holds all.
create table booking_import_files (
  import_id varchar(30) collate "C" not null references booking_imports on delete cascade,
  part integer not null,
  bytes bytea not null,
  primary key (import_id, part)
);
alter table booking_import_files alter bytes set storage external;

-- One row a chunk, not one a booking. raw: [[row, line, cells, damaged, duplicateOf], …]; the verdict beside it.
-- Storage external: compressing costs 6–9 µs a row on its round trip, plain 1–4.
create table booking_import_chunks (
  import_id varchar(30) collate "C" not null references booking_imports on delete cascade,
  round integer not null,
  chunk integer not null,
  -- Its rows repeat an external_id that the file had before: written after all the others, in order.
  tail boolean not null default false,
  row_count integer not null check (row_count > 0),
  raw json,
  valid jsonb,
  errors json,
  warnings json,
  validated_at timestamptz,
  primary key (import_id, round, chunk)
);
alter table booking_import_chunks
  alter raw set storage external, alter valid set storage external,
  alter errors set storage external, alter warnings set storage external;

-- A chunk that is in here is done: inserting this row is what makes a second write of it impossible.
-- failed is signed: a later round takes back the failures that it tries again.
create table booking_import_ledger (
  import_id varchar(30) collate "C" not null references booking_imports on delete cascade,
  round integer not null,
  chunk integer not null,
  created integer not null default 0,
  updated integer not null default 0,
  skipped integer not null default 0,
  failed integer not null default 0,
  warned integer not null default 0,
  warnings jsonb not null default '{}',
  -- Failed rows by 'type:PHONE' and 'field:customer_phone', signed as failed is.
  faults jsonb not null default '{}',
  -- False: only its faults were recorded (all_or_nothing that found bad rows).
  attempted boolean not null default true,
  written_at timestamptz not null default clock_timestamp(),
  primary key (import_id, round, chunk)
);

create table booking_import_errors (
  id varchar(30) collate "C" primary key default gen_cuid(),
  import_id varchar(30) collate "C" not null references booking_imports,
  row_number integer not null check (row_number > 0),
  raw_row jsonb not null,
  error_message text not null,
  error_type varchar(50),
  field_errors jsonb,
  created_at timestamptz not null default now(),
  round integer not null default 1,
  -- The round that brought the row in, or failed it anew.
  resolved_round integer
);
create unique index booking_import_errors_open on booking_import_errors (import_id, row_number)
  where resolved_round is null;

-- Fates that neither bookings nor errors tell: skipped and updated rows, and every success of a dry run.
create table booking_import_rows (
  import_id varchar(30) collate "C" not null references booking_imports on delete cascade,
  row_number integer not null check (row_number > 0),
  outcome varchar(30) not null check (outcome in ('created', 'updated', 'skipped')),
  booking_id varchar(30) collate "C",
  -- Of a dry run's planned booking, which no other table knows.
  external_id varchar(255) collate "C",
  dealer_id varchar(30),
  primary key (import_id, row_number)
);
create index booking_import_rows_planned on booking_import_rows (import_id, external_id)
  where booking_id is null;
