-- What customers may ask for: that their data be erased, or handed to them.

-- The customer as asked for: the phone in E.164 and its national part, the e-mail in lower case, the name as normal_name
-- has it. Either phone or e-mail; a name only narrows, since families share a phone.
create type customer_key as (phone text, national text, email text, name text);

create function normal_name(p_name text) returns text language sql immutable as $$
  select lower(btrim(regexp_replace(p_name, '\s+', ' ', 'g')))
$$;

-- A name that isn't known excludes nobody.
create function is_customer(c customer_key, p_phone text, p_email text, p_name text) returns boolean
language sql immutable as $$
  select (coalesce(p_phone = c.phone, false) or coalesce(lower(p_email) = c.email, false))
    and (c.name is null or p_name is null or normal_name(p_name) = c.name)
$$;

-- {phone, national, email, name}, as somebody typed them; absent is null.
create function to_customer_key(p_asked jsonb) returns customer_key language sql immutable as $$
  select row(a.phone, a.national, lower(a.email), normal_name(a.name))::customer_key
  from jsonb_to_record(p_asked) a (phone text, national text, email text, name text)
$$;

create function literal_pattern(p_text text) returns text language sql immutable as $$
  select regexp_replace(p_text, '([^[:alnum:][:space:]])', '\\\1', 'g')
$$;

-- Digits with whatever people write between them, but for what separates two values.
create function digits_pattern(p_digits text) returns text language sql immutable as $$
  select array_to_string(regexp_split_to_array(p_digits, ''), '[^0-9A-Za-z",;|]{0,3}')
$$;

-- What the customer's phone or e-mail looks like in a text; matched without regard to case. The number stands with its
-- country code, or without one and not behind another one.
create function customer_pattern(c customer_key) returns text language plpgsql immutable as $$
declare
  gap constant text := '[^0-9A-Za-z",;|]{0,3}';
  national constant text := digits_pattern(c.national) || '(?![0-9])';
  code constant text := digits_pattern(substr(c.phone, 2, length(c.phone) - 1 - length(c.national)));
begin
  if c.phone is null and c.email is null then
    raise exception 'a customer is named by phone or by e-mail' using errcode = 'invalid_parameter_value';
  end if;
  if c.phone !~ '^\+[0-9]{5,15}$' or c.phone not like '%' || c.national then
    raise exception 'that is no phone in E.164 with its national part' using errcode = 'invalid_parameter_value';
  end if;
  return concat_ws('|',
    '(?<![0-9])(?:(?:\+|00)' || gap || ')?' || code || gap || '(?:\(0\)' || gap || ')?' || national,
    -- Shorter ones would be found in many an id.
    case when length(c.national) >= 7 then
      '(?<![0-9+])(?<!(?:\+|00)[0-9]{1,3}' || gap || ')(?:0' || gap || ')?' || national end,
    '(?<![0-9A-Za-z._%+-])' || literal_pattern(c.email) || '(?![0-9A-Za-z-]|\.[0-9A-Za-z])');
end $$;

-- The same, less exact and many times as fast: what it doesn't find needs no closer look.
create function rough_pattern(c customer_key) returns text language sql immutable as $$
  select concat_ws('|', digits_pattern(c.national), literal_pattern(c.email))
$$;

-- Texts that are about the customer anyway may name him in any way: by what his bookings hold, or by a part of a name.
create function intimate_pattern(c customer_key, p_known text[]) returns text language sql immutable as $$
  select concat_ws('|', customer_pattern(c),
    (select string_agg('(?<![[:alnum:]])' || literal_pattern(word) || '(?![[:alnum:]])', '|' order by length(word) desc)
     from (
       select distinct word from unnest(p_known) k, lateral (
         select k union all select w from regexp_split_to_table(k, '\s+') w where length(w) >= 3) words (word)
       where length(btrim(word)) >= 2
     ) w))
$$;

-- Puts p_put in place of whatever matches, in every text, number and key of a document. p_own: it is about the customer
-- himself, so what holds his data goes unseen.
create function without_customer(doc jsonb, p_pattern text, p_put text, p_own boolean) returns jsonb
language plpgsql immutable as $$
begin
  case jsonb_typeof(doc)
    when 'object' then
      return (select coalesce(jsonb_object_agg(regexp_replace(key, p_pattern, p_put, 'gi'), case
          when not p_own or value = 'null' then without_customer(value, p_pattern, p_put, p_own)
          when key in ('customer_name', 'customer_phone', 'customer_email') then to_jsonb(p_put)
          when key in ('metadata', 'notes', 'note') then '"erased"'
          else without_customer(value, p_pattern, p_put, p_own) end), '{}')
        from jsonb_each(doc));
    when 'array' then
      return (select coalesce(jsonb_agg(without_customer(value, p_pattern, p_put, p_own) order by n), '[]')
        from jsonb_array_elements(doc) with ordinality e (value, n));
    when 'string', 'number' then
      if doc #>> '{}' !~* p_pattern then return doc; end if;
      return to_jsonb(regexp_replace(doc #>> '{}', p_pattern, p_put, 'gi'));
    else return doc;
  end case;
end $$;

-- A reason as the record keeps it.
create function untelling_reason(p_reason text, p_intimate text) returns text language sql immutable as $$
  select left(regexp_replace(p_reason, p_intimate, 'the customer', 'gi'), 255)
$$;

-- Whether a record of a file is the customer's: one cell is his phone or e-mail, whatever its column is called, and one
-- has the name asked for.
create function is_his_record(c customer_key, p_cells jsonb) returns boolean language sql immutable as $$
  with cells as materialized (
    select coalesce(e ->> 'text', e #>> '{}') as text from jsonb_array_elements(p_cells) e
  )
  select exists (select from cells where text ~* ('^[^0-9A-Za-z+]*(?:' || customer_pattern(c) || ')[^0-9A-Za-z]*$'))
    and (c.name is null or exists (select from cells where strpos(normal_name(text), c.name) > 0))
$$;

-- The rows of imports that are the customer's: by the bookings that they made, changed or met, and by what they say.
create function customer_rows(c customer_key, p_bookings varchar[]) returns table (import_id varchar, row_number int)
language sql stable as $$
  select b.import_id, b.import_row from bookings b where b.id = any (p_bookings) and b.import_row is not null
  union
  select r.import_id, r.row_number from booking_import_rows r where r.booking_id = any (p_bookings)
  union
  select e.import_id, e.row_number from booking_import_errors e
  where e.raw_row::text ~* rough_pattern(c) and is_his_record(c, e.raw_row -> 'cells')
  union
  select k.import_id, (r ->> 0)::int
  from booking_import_chunks k, lateral (select r::jsonb from json_array_elements(k.raw) r) x (r)
  where k.raw::text ~* rough_pattern(c) and r::text ~* rough_pattern(c) and is_his_record(c, r -> 2)
$$;

-- A chunk without the rows. Of them stay their places, and of their faults the types. p_pattern null: the others stay
-- as they are.
create function erased_chunk(k booking_import_chunks, p_rows int[], p_rough text, p_pattern text, p_known text, p_put text)
returns booking_import_chunks language plpgsql immutable as $$
begin
  k.raw := (
    select json_agg(case
        when (r ->> 0)::int = any (p_rows) then json_build_array(r -> 0, r -> 1, '[]'::json, null, null)
        when r::text ~* p_rough and r::text ~* p_pattern then without_customer(r::jsonb, p_pattern, p_put, false)::json
        else r end order by n)
    from json_array_elements(k.raw) with ordinality e (r, n));
  if k.validated_at is null then return k; end if;
  k.valid := (
    select coalesce(jsonb_agg(case
        when k.valid_rows[n] = any (p_rows) then '{}'
        when v::text ~* p_rough and v::text ~* p_pattern then without_customer(v, p_pattern, p_put, false)
        else v end order by n), '[]')
    from jsonb_array_elements(k.valid) with ordinality e (v, n));
  k.errors := (
    select coalesce(json_agg(case
        when (f ->> 'row')::int = any (p_rows) then erased_fault(f::jsonb)
        when f::text ~* p_rough and f::text ~* p_pattern then without_customer(f::jsonb, p_pattern, p_put, false)
        else f::jsonb end order by n), '[]')
    from json_array_elements(k.errors) with ordinality e (f, n));
  k.warnings := without_customer(k.warnings::jsonb, p_known, p_put, false);
  return k;
end $$;

create function erased_words() returns text language sql immutable as $$ select 'erased at the customer''s request' $$;

create function erased_faults(p_faults jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(f || jsonb_build_object('message', erased_words()) order by n), '[]')
  from jsonb_array_elements(p_faults) with ordinality e (f, n)
$$;

create function erased_fault(p_error jsonb) returns jsonb language sql immutable as $$
  select p_error || jsonb_build_object('raw', jsonb_build_object('line', p_error -> 'raw' -> 'line', 'cells', '[]'::jsonb),
    'message', erased_words(), 'faults', erased_faults(p_error -> 'faults'))
$$;

-- Its bytes held a customer who is erased, or could have: they are gone.
alter table booking_imports add column erased_at timestamptz;

-- By what the repeat of an erasure is known again. Not whom it was about: even a hash of a phone is found by trying all
-- phones. So both are hashes with the Idempotency-Key, which isn't kept.
create table customer_erasures (
  -- Of subject and key.
  key_hash text primary key,
  -- Of the request, with the key as salt.
  request_hash text not null,
  -- By which the trail calls the customer from now on.
  pseudonym varchar(30) not null,
  counts jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
revoke insert, update, delete on customer_erasures from booking_import_runtime;

alter table booking_audit_logs drop constraint booking_audit_logs_action_check;
alter table booking_audit_logs add constraint booking_audit_logs_action_check check (
  action in ('CREATED', 'IMPORTED', 'UPDATED', 'ASSIGNED', 'STATUS_CHANGED', 'RESCHEDULED', 'NOTE_ADDED', 'REFUSED', 'REMOVED',
    'ERASED'));

-- The one exception for the trails: what the tables' owner does while a transaction erases, and then only to what entries
-- tell. The application's own role is not the owner, so setting the mark helps it nothing.
create function is_erasure(p_table regclass, p_old jsonb, p_new jsonb) returns boolean language sql stable as $$
  select coalesce(current_setting('booking_import.erasing', true), '') = 'on'
    and current_user = (select relowner::regrole::name from pg_class where oid = p_table)
    and p_table in ('booking_audit_logs'::regclass, 'admin_audit_log'::regclass)
    and p_new - '{old_value,new_value,change_reason}'::text[] = p_old - '{old_value,new_value,change_reason}'::text[]
$$;

create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if is_erasure(tg_relid, to_jsonb(old), to_jsonb(new)) then return new; end if;
  end if;
  raise exception 'the audit trail is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end $$;

create or replace function refuse_trail_change() returns trigger language plpgsql as $$
declare
  owner name := (select relowner::regrole::name from pg_class where oid = tg_relid);
begin
  if tg_op = 'DELETE' and current_user = owner and current_setting('booking_import.purging', true) = tg_table_name then
    return old;
  end if;
  if tg_op = 'UPDATE' then
    if is_erasure(tg_relid, to_jsonb(old), to_jsonb(new)) then return new; end if;
  end if;
  raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;

-- The only way to change the trails: puts a pseudonym in place of a customer, and never without an entry that says who
-- did it and why. p_bookings, p_imports: those that hold the customer. p_known: what else he is called. p_changed:
-- bookings that were changed. Gives the number of changed entries.
create function erase_trail(p_request jsonb, c customer_key, p_bookings varchar[], p_imports varchar[], p_known text[],
  p_changed varchar[])
returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  strong constant text := customer_pattern(c);
  rough constant text := rough_pattern(c);
  intimate constant text := intimate_pattern(c, p_known);
  put constant text := p_request ->> 'pseudonym';
  told constant text := untelling_reason(p_request ->> 'reason', intimate);
  changed integer;
  administered integer;
  counts jsonb;
begin
  perform set_config('booking_import.erasing', 'on', true);
  update booking_audit_logs a set
    old_value = t.old_value, new_value = t.new_value, change_reason = t.reason
  from (
    select x.id, without_customer(x.old_value, o.pattern, put, o.own) as old_value,
      without_customer(x.new_value, o.pattern, put, o.own) as new_value,
      left(regexp_replace(x.change_reason, o.pattern, put, 'gi'), 255) as reason
    from booking_audit_logs x, lateral (select x.booking_id = any (p_bookings)
      or is_customer(c, x.old_value ->> 'customer_phone', x.old_value ->> 'customer_email', x.old_value ->> 'customer_name')
      or is_customer(c, x.new_value ->> 'customer_phone', x.new_value ->> 'customer_email', x.new_value ->> 'customer_name')
      as own) w, lateral (select w.own, case when w.own then intimate else strong end as pattern) o
    where (x.booking_id = any (p_bookings) or concat(x.old_value, x.new_value, x.change_reason) ~* rough)
      -- Whoever shares the phone keeps it, in whatever words.
      and (o.own or c.name is null)
  ) t
  where a.id = t.id and (a.old_value, a.new_value, a.change_reason) is distinct from (t.old_value, t.new_value, t.reason);
  get diagnostics changed = row_count;

  -- What an admin uploaded has a file's name and settings, and any reason is a person's own words.
  update admin_audit_log a set old_value = t.old_value, new_value = t.new_value, change_reason = t.reason
  from (
    select x.id, without_customer(x.old_value, o.pattern, put, false) as old_value,
      without_customer(x.new_value, o.pattern, put, false) as new_value,
      left(regexp_replace(x.change_reason, o.pattern, put, 'gi'), 255) as reason
    from admin_audit_log x, lateral (select x.object_kind = 'import' and x.object_id = any (p_imports) as own) w,
      lateral (select case when w.own then intimate else strong end as pattern) o
    where w.own or (c.name is null and concat(x.old_value, x.new_value, x.change_reason) ~* rough)
  ) t
  where a.id = t.id and (a.old_value, a.new_value, a.change_reason) is distinct from (t.old_value, t.new_value, t.reason);
  get diagnostics administered = row_count;
  perform set_config('booking_import.erasing', 'off', true);
  changed := changed + administered;

  insert into booking_audit_logs (booking_id, changed_by, action, new_value, change_reason, ip_address, user_agent, created_at)
  select b, p_request ->> 'subject', 'ERASED', jsonb_build_object('pseudonym', put), told,
    (p_request ->> 'ip')::inet, p_request ->> 'userAgent', clock_timestamp()
  from unnest(p_changed) b;
  counts := p_request -> 'counts' || jsonb_build_object('auditEntries', changed);
  insert into admin_audit_log (changed_by, action, object_kind, object_id, new_value, change_reason, ip_address, user_agent)
  values (p_request ->> 'subject', 'CUSTOMER_ERASED', 'customer', put, counts, told,
    (p_request ->> 'ip')::inet, p_request ->> 'userAgent');
  insert into customer_erasures (key_hash, request_hash, pseudonym, counts)
  select p_request ->> 'keyHash', p_request ->> 'requestHash', put, counts where p_request ->> 'keyHash' is not null;
  return changed;
end $$;
revoke execute on function erase_trail(jsonb, customer_key, varchar[], varchar[], text[], varchar[]) from public;
grant execute on function erase_trail(jsonb, customer_key, varchar[], varchar[], text[], varchar[]) to booking_import_runtime;
