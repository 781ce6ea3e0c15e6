-- An upload beyond what its admin may have running waits in line: PENDING with the moment it came, and no workflow.
alter table booking_imports add column queued_at timestamptz;
create index booking_imports_waiting on booking_imports (admin_id, queued_at, id)
  where status = 'PENDING' and queued_at is not null;
create index booking_imports_unfinished on booking_imports (admin_id) where status in ('PENDING', 'PROCESSING');

-- What each caller has used of its rate, for all API processes together. Unlogged: it need not outlive a crash, and a
-- request must not wait for the disk on its account.
create unlogged table rate_counters (
  key text primary key,
  points integer not null default 0,
  -- ms since 1970
  expire bigint
);
