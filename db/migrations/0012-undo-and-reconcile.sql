-- By whom, with which Idempotency-Key: the same request again gets the same answer.
alter table booking_imports add column undo_key text;

-- Why undo keeps a booking, or null: it keeps what a person has changed, or is about to. The caller has locked it.
create function why_kept(b bookings) returns text language sql stable as $$
  select case
    when exists (select from booking_commands c where c.booking_id = b.id and c.result is null) then 'BEING_CHANGED'
    when b.version = 1 then null
    when exists (select from booking_audit_logs a
      where a.booking_id = b.id and a.action not in ('IMPORTED', 'REFUSED') and a.changed_by <> 'system') then 'CHANGED'
    -- A change that the trail doesn't tell of: whoever it was, it isn't for us to take it back.
    when b.version > 1 + (select count(*) from booking_audit_logs a
      where a.booking_id = b.id and a.action not in ('IMPORTED', 'REFUSED')) then 'CHANGED'
  end
$$;

-- Removes what an import has created and no person has changed since: with an audit row each, and a note of the row's
-- fate, by which the lifecycles are found that must end. The caller holds the import's lock, and the bookings'.
create function remove_created(p_import varchar, p_subject varchar, p_ip inet, p_agent text)
returns integer language sql as $$
  with removed as (
    delete from bookings b where b.import_id = p_import and why_kept(b) is null
    returning b.id, b.import_row, b.external_id, b.dealer_id, booking_facts(b) as facts
  ), audited as (
    insert into booking_audit_logs (booking_id, changed_by, action, old_value, change_reason, ip_address, user_agent, created_at)
    select id, p_subject, 'REMOVED', facts, 'undo of import ' || p_import, p_ip, p_agent, clock_timestamp() from removed
  ), noted as (
    insert into booking_import_rows (import_id, row_number, outcome, booking_id, external_id, dealer_id)
    select p_import, import_row, 'created', id, external_id, dealer_id from removed
  )
  select count(*)::int from removed
$$;

-- Up to which booking the reconcile has looked; it begins anew at the end.
create table reconcile_position (
  id boolean primary key default true check (id),
  after_booking varchar(30) collate "C" not null default ''
);
insert into reconcile_position default values;

-- What it has mended since there is one, by kind: any process can tell it, after any restart.
create table reconcile_totals (
  kind varchar(30) primary key,
  mended bigint not null,
  last_mended_at timestamptz not null
);
