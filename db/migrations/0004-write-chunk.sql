-- Writing a chunk: everything from its verdict to bookings, audit, errors and ledger, in the caller's transaction,
-- which has taken the import's shared lock in a statement of its own before (see db/fence.ts for why).

create type chunk_counts as (
  created integer, updated integer, skipped integer, failed integer, warned integer,
  -- Of the failed: those that the database itself refused.
  refused integer,
  -- One entry for each warning of a written row.
  warning_types text[],
  -- 'type:PHONE' and 'field:customer_phone' for each failed row that has such a fault; '-type:…' for one taken back.
  faults text[]
);

create function add_counts(a chunk_counts, b chunk_counts) returns chunk_counts language sql immutable as $$
  select (a.created + b.created, a.updated + b.updated, a.skipped + b.skipped, a.failed + b.failed,
          a.warned + b.warned, a.refused + b.refused, a.warning_types || b.warning_types, a.faults || b.faults)::chunk_counts
$$;

-- The rows of a verdict that passed the rules; ord counts them from 1.
create function chunk_drafts(p_import varchar, p_round int, p_chunk int)
returns table (
  "row" int, id varchar, external_id varchar, dealer_id varchar, car_variant_id varchar, customer_name text,
  customer_phone text, customer_email text, advisor_id varchar, booking_date timestamptz, status varchar,
  metadata jsonb, warnings text[], ord bigint
) language sql stable as $$
  select d.*
  from booking_import_chunks c,
    rows from (jsonb_to_recordset(c.valid) as (
      "row" int, id varchar, external_id varchar, dealer_id varchar, car_variant_id varchar, customer_name text,
      customer_phone text, customer_email text, advisor_id varchar, booking_date timestamptz, status varchar,
      metadata jsonb, warnings text[]
    )) with ordinality d
  where c.import_id = p_import and c.round = p_round and c.chunk = p_chunk
$$;

-- Only the members of a that b doesn't have alike: what an audit row tells of a change.
create function jsonb_differing(a jsonb, b jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(a) where value is distinct from b -> key
$$;

-- Stable, as jsonb_build_object is: only then Postgres inlines it, instead of calling a function for each row.
create function booking_facts(b bookings) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'external_id', b.external_id, 'dealer_id', b.dealer_id, 'car_variant_id', b.car_variant_id,
    'customer_name', b.customer_name, 'customer_phone', b.customer_phone, 'customer_email', b.customer_email,
    'advisor_id', b.advisor_id, 'booking_date', b.booking_date, 'status', b.status, 'metadata', b.metadata)
$$;

-- What failed rows of one fault come to.
create function failed_rows(p_rows int, p_refused int, p_type text, p_field text) returns chunk_counts language sql immutable as $$
  select (0, 0, 0, p_rows, 0, p_refused, '{}',
    array_fill('type:' || p_type, array[p_rows])
      || case when p_field is null then '{}' else array_fill('field:' || p_field, array[p_rows]) end)::chunk_counts
$$;

-- Records rows as failed, with their raw cells from the chunk. One message a row.
create function refuse_rows(p_import varchar, p_round int, p_chunk int, p_rows int[], p_messages text[], p_type text, p_field text)
returns chunk_counts language plpgsql as $$
begin
  insert into booking_import_errors (import_id, row_number, raw_row, error_message, error_type, field_errors, round)
  select p_import, f.number, jsonb_strip_nulls(jsonb_build_object('line', r.e -> 1, 'cells', r.e -> 2, 'damaged', r.e -> 3)),
    f.message, p_type, jsonb_build_array(jsonb_build_object('type', p_type, 'field', p_field, 'message', f.message)), p_round
  from unnest(p_rows, p_messages) f (number, message)
  join (
    select e from booking_import_chunks c, json_array_elements(c.raw) e
    where c.import_id = p_import and c.round = p_round and c.chunk = p_chunk
  ) r on (r.e ->> 0)::int = f.number;
  return failed_rows(cardinality(p_rows), case p_type when 'DATABASE' then cardinality(p_rows) else 0 end, p_type, p_field);
end $$;

-- Creates bookings. created: ords written; conflicting: ords whose external_id is taken; inactive: rows without a dealer.
create function create_bookings(imp booking_imports, p_round int, p_chunk int, p_ords bigint[],
  out counts chunk_counts, out conflicting bigint[], out inactive int[])
language plpgsql as $$
declare
  made record;
begin
  with draft as materialized (
    select d.*, dl.is_active is true as dealer_serves, ad.advisor_id as serving_advisor
    from chunk_drafts(imp.id, p_round, p_chunk) d
    left join dealers dl on dl.id = d.dealer_id
    left join (advisor_dealers ad join advisors a on a.id = ad.advisor_id and a.is_active)
      on ad.advisor_id = d.advisor_id and ad.dealer_id = d.dealer_id
    where p_ords is null or d.ord = any (p_ords)
  ), inserted as (
    insert into bookings (id, external_id, dealer_id, car_variant_id, customer_name, customer_phone, customer_email,
      advisor_id, booking_date, status, source, metadata, import_id, import_row)
    select id, external_id, dealer_id, car_variant_id, customer_name, customer_phone, customer_email, serving_advisor,
      booking_date,
      case when status = 'ASSIGNED' and advisor_id is not null and serving_advisor is null then 'PENDING' else status end,
      'bulk_import', metadata, imp.id, "row"
    from draft where dealer_serves
    -- Concurrent chunks take the unique index in one order: 51 deadlocks without, none with.
    order by external_id
    on conflict (external_id) do nothing
    returning bookings.*
  ), audited as (
    insert into booking_audit_logs (id, booking_id, changed_by, action, new_value, change_reason, ip_address, user_agent)
    -- The first audit row of a booking may as well carry its id: one id less to make a row.
    select i.id, i.id, imp.admin_id, 'IMPORTED', booking_facts(i), 'import ' || imp.id, imp.ip_address, imp.user_agent
    from inserted i
  ), judged as (
    select d.ord, d."row", d.dealer_serves, i.id is not null as done,
      case when d.advisor_id is not null and d.serving_advisor is null
        then coalesce(d.warnings, '{}') || 'UNKNOWN_ADVISOR'::text else d.warnings end as warnings
    from draft d left join inserted i on i.import_row = d."row"
  )
  select
    (count(*) filter (where done), 0, 0, 0, count(*) filter (where done and warnings is not null), 0,
      coalesce((select array_agg(w) from judged j, unnest(j.warnings) w where j.done), '{}'), '{}')::chunk_counts as counts,
    array_agg(ord) filter (where dealer_serves and not done) as conflicting,
    array_agg("row") filter (where not dealer_serves) as inactive
  into made
  from judged;
  counts := made.counts;
  conflicting := made.conflicting;
  inactive := made.inactive;
end $$;

-- A dry run's counterpart of create_bookings: notes what would be created.
create function plan_bookings(imp booking_imports, p_round int, p_chunk int, p_ords bigint[],
  out counts chunk_counts, out conflicting bigint[], out inactive int[])
language plpgsql as $$
declare
  made record;
begin
  with draft as materialized (
    select d.*, dl.is_active is true as dealer_serves
    from chunk_drafts(imp.id, p_round, p_chunk) d left join dealers dl on dl.id = d.dealer_id
    where p_ords is null or d.ord = any (p_ords)
  ), judged as (
    select d.*, d.dealer_serves and (d.external_id is null or not (
      exists (select from bookings b where b.external_id = d.external_id)
      or exists (select from booking_import_rows r
        where r.import_id = imp.id and r.external_id = d.external_id and r.booking_id is null))) as done
    from draft d
  ), planned as (
    insert into booking_import_rows (import_id, row_number, outcome, external_id, dealer_id)
    select imp.id, "row", 'created', external_id, dealer_id from judged where done
  )
  select
    (count(*) filter (where done), 0, 0, 0, count(*) filter (where done and warnings is not null), 0,
      coalesce((select array_agg(w) from judged j, unnest(j.warnings) w where j.done), '{}'), '{}')::chunk_counts as counts,
    array_agg(ord) filter (where dealer_serves and not done) as conflicting,
    array_agg("row") filter (where not dealer_serves) as inactive
  into made
  from judged;
  counts := made.counts;
  conflicting := made.conflicting;
  inactive := made.inactive;
end $$;

-- Brings the file's values into bookings that exist. An empty cell leaves a value as it is; the status and the advisor
-- belong to the booking's lifecycle and are never touched. Nothing different: no new version, no audit row.
create function update_bookings(imp booking_imports, p_round int, p_chunk int, p_ords bigint[]) returns void
language sql as $$
  with draft as (
    select * from chunk_drafts(imp.id, p_round, p_chunk) d where d.ord = any (p_ords)
  ), changed as (
    update bookings b set
      customer_name = d.customer_name,
      customer_phone = coalesce(d.customer_phone, b.customer_phone),
      customer_email = coalesce(d.customer_email, b.customer_email),
      car_variant_id = coalesce(d.car_variant_id, b.car_variant_id),
      booking_date = d.booking_date,
      metadata = case when d.metadata is null then b.metadata else coalesce(b.metadata, '{}') || d.metadata end,
      version = b.version + 1,
      updated_at = now()
    from draft d
    where b.external_id = d.external_id
      and (b.customer_name, b.customer_phone, b.customer_email, b.car_variant_id, b.booking_date, b.metadata)
        is distinct from (d.customer_name, coalesce(d.customer_phone, b.customer_phone),
          coalesce(d.customer_email, b.customer_email), coalesce(d.car_variant_id, b.car_variant_id), d.booking_date,
          case when d.metadata is null then b.metadata else coalesce(b.metadata, '{}') || d.metadata end)
    returning b.id, booking_facts(old) as before, booking_facts(new) as after
  )
  insert into booking_audit_logs (booking_id, changed_by, action, old_value, new_value, change_reason, ip_address, user_agent)
  select id, imp.admin_id, 'UPDATED', jsonb_differing(before, after), jsonb_differing(after, before),
    'import ' || imp.id, imp.ip_address, imp.user_agent
  from changed
$$;

-- Rows whose external_id is taken, by the import's policy. missing: ords whose other booking went away meanwhile.
create function resolve_duplicates(imp booking_imports, p_round int, p_chunk int, p_ords bigint[],
  out counts chunk_counts, out missing bigint[])
language plpgsql as $$
declare
  policy constant text := coalesce(imp.import_settings ->> 'onDuplicate', 'skip');
  own bigint[];
  refused_rows int[];
  refused_messages text[];
begin
  if policy = 'update' and not imp.dry_run then
    -- In one order, so that two imports of the same bookings wait for each other and don't deadlock.
    perform from bookings b
    where b.external_id in (select d.external_id from chunk_drafts(imp.id, p_round, p_chunk) d where d.ord = any (p_ords))
    order by b.external_id for update;
  end if;

  with draft as (
    select * from chunk_drafts(imp.id, p_round, p_chunk) d where d.ord = any (p_ords)
  ), taken as (
    select d.ord, d."row", d.external_id, o.booking_id, o.booking is not null as is_taken,
      o.dealer_id is not distinct from d.dealer_id as is_own
    from draft d left join lateral (
      select true as booking, b.id as booking_id, b.dealer_id from bookings b where b.external_id = d.external_id
      union all
      select true, null, r.dealer_id from booking_import_rows r
      where imp.dry_run and r.import_id = imp.id and r.external_id = d.external_id and r.outcome = 'created'
        and r.booking_id is null
      limit 1
    ) o on true
  ), noted as (
    insert into booking_import_rows (import_id, row_number, outcome, booking_id)
    select imp.id, "row", case policy when 'update' then 'updated' else 'skipped' end, booking_id
    from taken where is_taken and is_own and policy <> 'error'
  )
  select array_agg(ord) filter (where not is_taken),
    array_agg(ord) filter (where is_taken and is_own and policy <> 'error'),
    array_agg("row" order by "row") filter (where is_taken and not (is_own and policy <> 'error')),
    array_agg(case when is_own
        then format('a booking with external_id "%s" exists already; leave the row out, or choose onDuplicate skip or update', left(external_id, 60))
        else format('external_id "%s" belongs to a booking of another dealer; give this row another one', left(external_id, 60)) end
      order by "row") filter (where is_taken and not (is_own and policy <> 'error'))
  into missing, own, refused_rows, refused_messages
  from taken;

  if own is not null and policy = 'update' and not imp.dry_run then
    perform update_bookings(imp, p_round, p_chunk, own);
  end if;
  counts := (select (0,
    case policy when 'update' then coalesce(cardinality(own), 0) else 0 end,
    case policy when 'update' then 0 else coalesce(cardinality(own), 0) end,
    0,
    case policy when 'update' then count(*) filter (where d.warnings is not null) else 0 end,
    0,
    case policy when 'update'
      then coalesce((select array_agg(w) from chunk_drafts(imp.id, p_round, p_chunk) x, unnest(x.warnings) w where x.ord = any (own)), '{}')
      else '{}' end, '{}')::chunk_counts
    from chunk_drafts(imp.id, p_round, p_chunk) d where d.ord = any (own));
  if refused_rows is not null then
    counts := add_counts(counts,
      refuse_rows(imp.id, p_round, p_chunk, refused_rows, refused_messages, 'DUPLICATE', 'external_id'));
  end if;
end $$;

-- Writes rows that don't repeat each other's external_id.
create function write_distinct_rows(imp booking_imports, p_round int, p_chunk int, p_ords bigint[]) returns chunk_counts
language plpgsql as $$
declare
  made record;
  resolved record;
  ords bigint[] := p_ords;
  total chunk_counts := (0, 0, 0, 0, 0, 0, '{}', '{}')::chunk_counts;
begin
  -- A booking that is in the way and goes away before it is looked at sends its row back to the start.
  for attempt in 1..5 loop
    if imp.dry_run then
      select * into made from plan_bookings(imp, p_round, p_chunk, ords);
    else
      select * into made from create_bookings(imp, p_round, p_chunk, ords);
    end if;
    total := add_counts(total, made.counts);
    if made.inactive is not null then
      total := add_counts(total, refuse_rows(imp.id, p_round, p_chunk, made.inactive,
        array_fill('the dealer was deactivated while the import ran; activate it, then retry'::text, array[cardinality(made.inactive)]),
        'INACTIVE_DEALER', 'dealer_code'));
    end if;
    if made.conflicting is null then return total; end if;
    select * into resolved from resolve_duplicates(imp, p_round, p_chunk, made.conflicting);
    total := add_counts(total, resolved.counts);
    if resolved.missing is null then return total; end if;
    ords := resolved.missing;
  end loop;
  raise exception 'bookings in the way keep changing' using errcode = 'serialization_failure';
end $$;

-- Bad rows don't sink good ones: what the database refuses (SQLSTATE classes 22 and 23) is halved down to the row.
create function write_rows(imp booking_imports, p_round int, p_chunk int, p_ords bigint[]) returns chunk_counts
language plpgsql as $$
declare
  ords bigint[];
  half int;
  state text;
  complaint text;
begin
  return write_distinct_rows(imp, p_round, p_chunk, p_ords);
exception when data_exception or integrity_constraint_violation then
  get stacked diagnostics state = returned_sqlstate, complaint = message_text;
  ords := coalesce(p_ords, (select array_agg(d.ord order by d.ord) from chunk_drafts(imp.id, p_round, p_chunk) d));
  if cardinality(ords) = 1 then
    return refuse_rows(imp.id, p_round, p_chunk,
      array(select d."row" from chunk_drafts(imp.id, p_round, p_chunk) d where d.ord = ords[1]),
      array[format('the database refused this row: %s (SQLSTATE %s)', complaint, state)], 'DATABASE', null);
  end if;
  half := cardinality(ords) / 2;
  return add_counts(write_rows(imp, p_round, p_chunk, ords[1:half]), write_rows(imp, p_round, p_chunk, ords[half + 1:]));
end $$;

-- A tail chunk may hold one external_id several times: its first occurrences go first, then the second ones, …
create function write_tail_rows(imp booking_imports, p_round int, p_chunk int) returns chunk_counts
language plpgsql as $$
declare
  total chunk_counts := (0, 0, 0, 0, 0, 0, '{}', '{}')::chunk_counts;
  pass bigint[];
begin
  for pass in
    select array_agg(o.ord order by o.ord)
    from (
      select d.ord, row_number() over (partition by d.external_id order by d."row") as occurrence
      from chunk_drafts(imp.id, p_round, p_chunk) d
    ) o
    group by o.occurrence order by o.occurrence
  loop
    total := add_counts(total, write_rows(imp, p_round, p_chunk, pass));
  end loop;
  return total;
end $$;

-- The faults of a failed row as chunk_counts has them: each type and each field once.
create function fault_keys(p_faults jsonb, p_sign text) returns setof text language sql immutable as $$
  select distinct p_sign || key from jsonb_array_elements(p_faults) f,
    lateral (values ('type:' || (f ->> 'type')), ('field:' || (f ->> 'field'))) k (key)
  where key is not null
$$;

-- Takes back the failures that this chunk tries again.
create function reopen_failures(p_import varchar, p_round int, p_chunk int) returns chunk_counts language sql as $$
  with reopened as (
    update booking_import_errors e set resolved_round = p_round
    where e.import_id = p_import and e.resolved_round is null and e.round < p_round and e.row_number in (
      select (r ->> 0)::int from booking_import_chunks c, json_array_elements(c.raw) r
      where c.import_id = p_import and c.round = p_round and c.chunk = p_chunk)
    returning e.field_errors
  )
  select (0, 0, 0, -(select count(*) from reopened), 0, 0, '{}',
    array(select fault_keys(field_errors, '-') from reopened))::chunk_counts
$$;

-- The first round has none: its chunks needn't be read for it.
create function reopen_failures_of_round(p_import varchar, p_round int, p_chunk int) returns chunk_counts language plpgsql as $$
begin
  if p_round = 1 then return (0, 0, 0, 0, 0, 0, '{}', '{}')::chunk_counts; end if;
  return reopen_failures(p_import, p_round, p_chunk);
end $$;

-- Records the faults that the rules found in a chunk.
create function record_faults(p_import varchar, p_round int, p_chunk int) returns chunk_counts language sql as $$
  with recorded as (
    insert into booking_import_errors (id, import_id, row_number, raw_row, error_message, error_type, field_errors, round)
    select f.id, p_import, f."row", f.raw, f.message, f.type, f.faults, p_round
    from booking_import_chunks c,
      json_to_recordset(c.errors) as f (id varchar, "row" int, raw jsonb, message text, type text, faults jsonb)
    where c.import_id = p_import and c.round = p_round and c.chunk = p_chunk
    returning field_errors
  )
  select (0, 0, 0, (select count(*) from recorded), 0, 0, '{}',
    array(select fault_keys(field_errors, '') from recorded))::chunk_counts
$$;

-- How often each key occurs; a '-' before it takes one off.
create function count_keys(p_keys text[]) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(key, n), '{}') from (
    select ltrim(k, '-') as key, sum(case when k like '-%' then -1 else 1 end) as n from unnest(p_keys) k group by 1
  ) counted
$$;

-- Raises BK001 when the import ended, or began anew, since the writer learned its epoch: it must stop, not retry.
create function fenced_import(p_import varchar, p_epoch int) returns booking_imports language plpgsql as $$
declare
  imp booking_imports;
begin
  select * into imp from booking_imports where id = p_import;
  if imp.id is null or imp.status <> 'PROCESSING' or imp.epoch <> p_epoch then
    raise exception 'import % is closed to epoch %: it is % at epoch %', p_import, p_epoch, imp.status, imp.epoch
      using errcode = 'BK001';
  end if;
  return imp;
end $$;

-- What a chunk came to goes into the ledger row that claimed it.
create function settle_ledger(p_import varchar, p_round int, p_chunk int, counts chunk_counts) returns void language sql as $$
  update booking_import_ledger l set
    created = counts.created, updated = counts.updated, skipped = counts.skipped, failed = counts.failed,
    warned = counts.warned, warnings = count_keys(counts.warning_types), faults = count_keys(counts.faults),
    written_at = clock_timestamp()
  where l.import_id = p_import and l.round = p_round and l.chunk = p_chunk
$$;

-- Writes one chunk exactly once: the ledger row is the proof, and a second call answers from it.
create function write_chunk(p_import varchar, p_round int, p_chunk int, p_epoch int)
returns table (created int, updated int, skipped int, failed int, warned int, refused int)
language plpgsql as $$
declare
  imp booking_imports := fenced_import(p_import, p_epoch);
  counts chunk_counts;
begin
  insert into booking_import_ledger (import_id, round, chunk) values (p_import, p_round, p_chunk) on conflict do nothing;
  if not found then
    return query select l.created, l.updated, l.skipped, l.failed, l.warned, 0
      from booking_import_ledger l where l.import_id = p_import and l.round = p_round and l.chunk = p_chunk;
    return;
  end if;
  counts := reopen_failures_of_round(p_import, p_round, p_chunk);
  counts := add_counts(counts, record_faults(p_import, p_round, p_chunk));
  if (select c.tail from booking_import_chunks c where c.import_id = p_import and c.round = p_round and c.chunk = p_chunk) then
    counts := add_counts(counts, write_tail_rows(imp, p_round, p_chunk));
  else
    counts := add_counts(counts, write_rows(imp, p_round, p_chunk, null));
  end if;
  perform settle_ledger(p_import, p_round, p_chunk, counts);
  return query select counts.created, counts.updated, counts.skipped, counts.failed, counts.warned, counts.refused;
end $$;

-- all_or_nothing that found bad rows: their faults are told, and not one row is written.
create function record_chunk_faults(p_import varchar, p_round int, p_chunk int, p_epoch int) returns int
language plpgsql as $$
declare
  imp booking_imports := fenced_import(p_import, p_epoch);
  counts chunk_counts;
begin
  insert into booking_import_ledger (import_id, round, chunk, attempted) values (p_import, p_round, p_chunk, false)
    on conflict do nothing;
  if not found then return 0; end if;
  counts := add_counts(reopen_failures_of_round(imp.id, p_round, p_chunk), record_faults(p_import, p_round, p_chunk));
  perform settle_ledger(p_import, p_round, p_chunk, counts);
  return counts.failed;
end $$;
