-- What admins did to anything but a booking, whose own trail is booking_audit_logs. Written in the transaction of what
-- it tells; the requests that only ask a workflow (pause, resume, reconcile) are told as asked, before it is.
create table admin_audit_log (
  id varchar(30) collate "C" primary key default gen_cuid(),
  changed_by varchar(255) not null,
  action varchar(50) not null,
  object_kind varchar(20) not null,
  -- A dealer's or a variant's code, an advisor's or an import's id.
  object_id varchar(255) collate "C",
  old_value jsonb,
  new_value jsonb,
  change_reason varchar(255),
  ip_address inet,
  user_agent text,
  created_at timestamptz not null default clock_timestamp()
);
create index admin_audit_log_by_object on admin_audit_log (object_kind, object_id, id);
create index admin_audit_log_by_subject on admin_audit_log (changed_by, id);
create index admin_audit_log_by_time on admin_audit_log (created_at);

-- Who called: what changed something, what read customers' data in bulk, which tokens were refused.
create table access_log (
  id varchar(30) collate "C" primary key,
  at timestamptz not null,
  subject varchar(255),
  role varchar(20),
  ip inet,
  user_agent text,
  method varchar(20) not null,
  -- The template, so that it holds no id and no name.
  route varchar(255) not null,
  status smallint not null,
  request_id varchar(64) not null,
  -- Of the import, booking or whatever the route names, when it is one of our ids.
  object_id varchar(30) collate "C",
  failure varchar(50),
  -- Why a caller was not let in; other failures' words may quote what was sent.
  failure_detail text
);
create index access_log_by_time on access_log (at);
create index access_log_by_subject on access_log (subject, id);
create index access_log_by_ip on access_log (ip, id);

-- Open to the owner alone and only while a function of his says so: whoever calls a security definer function is the
-- owner inside it, and anybody may set the parameter, so it takes both.
create function refuse_trail_change() returns trigger language plpgsql as $$
declare
  owner name := (select relowner::regrole::name from pg_class where oid = tg_relid);
begin
  if tg_op = 'DELETE' and current_user = owner and current_setting('booking_import.purging', true) = tg_table_name then
    return old;
  end if;
  raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger admin_audit_log_append_only before update or delete on admin_audit_log
  for each row execute function refuse_trail_change();
create trigger admin_audit_log_never_emptied before truncate on admin_audit_log
  for each statement execute function refuse_trail_change();
create trigger access_log_append_only before update or delete on access_log
  for each row execute function refuse_trail_change();
create trigger access_log_never_emptied before truncate on access_log
  for each statement execute function refuse_trail_change();

-- The one way by which an access is forgotten. Never a young one: whoever takes over a worker can't cover his tracks.
create function purge_access_log(p_before timestamptz, p_limit int) returns int
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  purged int;
begin
  perform set_config('booking_import.purging', 'access_log', true);
  delete from public.access_log where id in (
    select id from public.access_log where at < least(p_before, now() - interval '7 days') order by at limit p_limit
  );
  get diagnostics purged = row_count;
  perform set_config('booking_import.purging', '', true);
  return purged;
end $$;
revoke execute on function purge_access_log(timestamptz, int) from public;

-- What the API and the workers may do. Roles belong to the whole server, so another database may have made it.
do $$
begin
  if not exists (select from pg_roles where rolname = 'booking_import_runtime') then
    create role booking_import_runtime nologin;
  end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise exception 'the role booking_import_runtime is missing, and % may not create it: as a superuser run "create role booking_import_runtime nologin", then migrate again',
      current_user using errcode = 'insufficient_privilege';
end $$;
grant usage on schema public to booking_import_runtime;
grant select, insert, update, delete on all tables in schema public to booking_import_runtime;
grant usage, select on all sequences in schema public to booking_import_runtime;
revoke insert, update, delete on schema_migrations from booking_import_runtime;
revoke update, delete on booking_audit_logs, admin_audit_log, access_log from booking_import_runtime;
grant execute on function purge_access_log(timestamptz, int) to booking_import_runtime;
-- Tables of later migrations; what must be append-only revokes there.
alter default privileges in schema public grant select, insert, update, delete on tables to booking_import_runtime;
alter default privileges in schema public grant usage, select on sequences to booking_import_runtime;
