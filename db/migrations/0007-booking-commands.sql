-- When the booking came into its status, as it happened and not as it was told; null: at its creation.
alter table bookings add column status_since timestamptz;

-- Whoever writes behind the lifecycle moves the clock, too: its timers count from here.
create function note_status_since() returns trigger language plpgsql as $$
begin
  new.status_since := clock_timestamp();
  return new;
end $$;
create trigger bookings_status_since before update of status on bookings for each row
  when (old.status is distinct from new.status and old.status_since is not distinct from new.status_since)
  execute function note_status_since();

-- What somebody wants of a booking. The workflow is told the id alone, so that no history holds personal data. A
-- result makes it done: it is what every repeat is answered with.
create table booking_commands (
  id varchar(30) collate "C" primary key default gen_cuid(),
  booking_id varchar(30) collate "C" not null,
  subject varchar(255) not null,
  role varchar(30) not null check (role in ('admin', 'advisor')),
  -- The client's Idempotency-Key or a phone's messageId, else the command's own id.
  key varchar(255) not null,
  fingerprint text not null,
  kind varchar(30) not null check (kind in ('changeStatus', 'assign', 'reschedule', 'addNote')),
  payload jsonb not null,
  reason varchar(255),
  expected_version integer,
  -- When it happened, by a phone's clock; null: as it is applied.
  occurred_at timestamptz,
  -- Nobody waits for the answer: a refusal is told by a notification.
  respond_async boolean not null default false,
  ip_address inet,
  user_agent text,
  result jsonb,
  applied_at timestamptz,
  created_at timestamptz not null default now(),
  unique (booking_id, subject, key)
);
create index booking_commands_open on booking_commands (created_at) where result is null;

-- The feed: one row for each event and whom it is for.
create table notifications (
  id varchar(30) collate "C" primary key default gen_cuid(),
  booking_id varchar(30) collate "C" not null,
  event varchar(100) not null,
  kind varchar(30) not null,
  dealer_id varchar(30) collate "C",
  -- For this advisor; null: for the dealer's admins alone.
  advisor_id varchar(30) collate "C",
  -- For this one person.
  subject varchar(255),
  data jsonb not null default '{}',
  created_at timestamptz not null default now(),
  unique (booking_id, event)
);
create index notifications_by_advisor on notifications (advisor_id, id) where advisor_id is not null;
create index notifications_by_dealer on notifications (dealer_id, id);
create index notifications_by_subject on notifications (subject, id) where subject is not null;

-- A reminder is an event of its date, so that a moved booking gets another one.
create function reminder_event(booking_date timestamptz) returns text language sql immutable as $$
  select 'reminder:' || floor(extract(epoch from booking_date) * 1000)::bigint
$$;
