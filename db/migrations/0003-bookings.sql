-- Ids and codes are compared byte by byte (collate "C"): by a language's rules each comparison in their indexes costs
-- several times as much, and none of them is ever sorted for a person.
create table bookings (
  id varchar(30) collate "C" primary key default gen_cuid(),
  external_id varchar(255) collate "C" unique,
  dealer_id varchar(30) collate "C" references dealers,
  car_variant_id varchar(30) collate "C" references car_variants,
  customer_name varchar(255) not null,
  customer_phone varchar(50),
  customer_email varchar(255),
  advisor_id varchar(30) collate "C" null references advisors,
  booking_date timestamptz,
  status varchar(30) not null default 'PENDING' check (
    status in ('PENDING', 'ASSIGNED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'NO_SHOW', 'WAITLISTED', 'RESCHEDULED')
  ),
  source varchar(30) not null default 'manual' check (source in ('manual', 'bulk_import', 'api', 'mobile')),
  metadata jsonb,
  enquiry_id varchar(30) null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),

  -- No foreign key: it would be checked for every row of an import, and an import's
  -- row is never deleted.
  import_id varchar(30) collate "C",
  import_row integer check (import_row > 0),
  version integer not null default 1 check (version > 0)
);
create index bookings_by_dealer_and_date on bookings (dealer_id, booking_date);
create index bookings_by_date on bookings (booking_date);
create index bookings_by_advisor_and_date on bookings (advisor_id, booking_date) where advisor_id is not null;
create index bookings_pending on bookings (created_at) where status = 'PENDING';
create index bookings_by_import on bookings (import_id, import_row) where import_id is not null;

-- No foreign key: the trail outlives its booking.
create table booking_audit_logs (
  id varchar(30) collate "C" primary key default gen_cuid(),
  booking_id varchar(30) collate "C" not null,
  changed_by varchar(255) not null,
  action varchar(50) not null check (
    action in ('CREATED', 'IMPORTED', 'UPDATED', 'ASSIGNED', 'STATUS_CHANGED', 'RESCHEDULED', 'NOTE_ADDED', 'REFUSED', 'REMOVED')
  ),
  old_value jsonb,
  new_value jsonb,
  change_reason varchar(255),
  ip_address inet,
  user_agent text,
  created_at timestamptz not null default now()
);
create index booking_audit_logs_by_booking on booking_audit_logs (booking_id, created_at);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger booking_audit_logs_append_only before update or delete on booking_audit_logs
  for each row execute function refuse_audit_change();
create trigger booking_audit_logs_never_emptied before truncate on booking_audit_logs
  for each statement execute function refuse_audit_change();
