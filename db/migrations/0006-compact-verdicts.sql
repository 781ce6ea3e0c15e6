-- A verdict half as long. Its bookings are kept as the audit trail tells them (no keys without a value), so that writing
-- a chunk builds no json at all, and what belongs to the row stands beside them in arrays of the same order.

alter table booking_import_chunks
  add column valid_rows int[], add column valid_ids varchar[],
  -- The types of each booking's warnings with commas between, null for none: the writer counts them.
  add column valid_warnings text[];
alter table booking_import_chunks
  alter valid_rows set storage external, alter valid_ids set storage external, alter valid_warnings set storage external;

comment on column booking_import_chunks.warnings is
  '{"told": [warning, …], "rows": [[row, index into told, …], …]}: the same text stands here once a chunk';

update booking_import_chunks c set
  valid_rows = array(select (e ->> 'row')::int from jsonb_array_elements(c.valid) with ordinality v (e, n) order by n),
  valid_ids = array(select e ->> 'id' from jsonb_array_elements(c.valid) with ordinality v (e, n) order by n),
  valid_warnings = array(
    select case jsonb_typeof(e -> 'warnings')
      when 'array' then (select string_agg(w, ',') from jsonb_array_elements_text(e -> 'warnings') w) end
    from jsonb_array_elements(c.valid) with ordinality v (e, n) order by n),
  valid = (
    select coalesce(jsonb_agg(
      (select jsonb_object_agg(key, value) from jsonb_each(e - '{id,row,warnings}'::text[]) where value <> 'null')
      order by n), '[]')
    from jsonb_array_elements(c.valid) with ordinality v (e, n)),
  warnings = (
    with told as (
      select (r.e ->> 'row')::int as number, w.e as warning, r.n as place, row_number() over (order by r.n, w.n) - 1 as index
      from json_array_elements(c.warnings) with ordinality r (e, n),
        json_array_elements(r.e -> 'warnings') with ordinality w (e, n)
    )
    select json_build_object(
      'told', coalesce((select json_agg(warning order by index) from told), '[]'),
      'rows', coalesce((select json_agg(entry order by place) from (
        select place, to_json(number || array_agg(index::int order by index)) as entry from told group by place, number
      ) entries), '[]')))
where validated_at is not null;

drop function chunk_drafts;

-- The rows of a verdict that passed the rules; ord counts them from 1.
create function chunk_drafts(p_import varchar, p_round int, p_chunk int)
returns table (
  "row" int, id varchar, warnings text, facts jsonb, external_id varchar, dealer_id varchar, car_variant_id varchar,
  customer_name text, customer_phone text, customer_email text, advisor_id varchar, booking_date timestamptz,
  status varchar, metadata jsonb, ord bigint
) language sql stable as $$
  select d.*
  from booking_import_chunks c,
    rows from (
      unnest(c.valid_rows), unnest(c.valid_ids), unnest(c.valid_warnings), jsonb_array_elements(c.valid),
      jsonb_to_recordset(c.valid) as (
        external_id varchar, dealer_id varchar, car_variant_id varchar, customer_name text, customer_phone text,
        customer_email text, advisor_id varchar, booking_date timestamptz, status varchar, metadata jsonb
      )) with ordinality d
  where c.import_id = p_import and c.round = p_round and c.chunk = p_chunk
$$;

-- Counts of drafts that were written, or would be.
create function done_rows(p_created int, p_updated int, p_warnings text[]) returns chunk_counts language sql immutable as $$
  select (p_created, p_updated, 0, 0, (select count(*) from unnest(p_warnings) w where w is not null), 0,
    array(select t from unnest(p_warnings) w, string_to_table(w, ',') t), '{}')::chunk_counts
$$;

-- What a draft's warnings become when its advisor doesn't serve the dealer any more.
create function warnings_without_advisor(p_warnings text) returns text language sql immutable as $$
  select concat_ws(',', p_warnings, 'UNKNOWN_ADVISOR')
$$;

-- Creates bookings. created: ords written; conflicting: ords whose external_id is taken; inactive: rows without a dealer.
create or replace function create_bookings(imp booking_imports, p_round int, p_chunk int, p_ords bigint[],
  out counts chunk_counts, out conflicting bigint[], out inactive int[])
language plpgsql as $$
declare
  done int;
  told text[];
begin
  with draft as materialized (
    select d.*, dl.is_active is true as dealer_serves, d.advisor_id is not null and ad.advisor_id is null as advisor_left
    from chunk_drafts(imp.id, p_round, p_chunk) d
    left join dealers dl on dl.id = d.dealer_id
    left join (advisor_dealers ad join advisors a on a.id = ad.advisor_id and a.is_active)
      on ad.advisor_id = d.advisor_id and ad.dealer_id = d.dealer_id
    where p_ords is null or d.ord = any (p_ords)
  ), inserted as (
    insert into bookings (id, external_id, dealer_id, car_variant_id, customer_name, customer_phone, customer_email,
      advisor_id, booking_date, status, source, metadata, import_id, import_row)
    select id, external_id, dealer_id, car_variant_id, customer_name, customer_phone, customer_email,
      case when not advisor_left then advisor_id end, booking_date,
      case when advisor_left and status = 'ASSIGNED' then 'PENDING' else status end,
      'bulk_import', metadata, imp.id, "row"
    from draft where dealer_serves
    -- Concurrent chunks take the unique index in one order: 51 deadlocks without, none with.
    order by external_id
    on conflict (external_id) do nothing
    returning bookings.id, bookings.status
  ), judged as (
    select d.*, i.id is not null as done, i.status as entered
    from draft d left join inserted i on i.id = d.id
  ), audited as (
    insert into booking_audit_logs (id, booking_id, changed_by, action, new_value, change_reason, ip_address, user_agent)
    -- The first audit row of a booking may as well carry its id: one id less to make a row.
    select id, id, imp.admin_id, 'IMPORTED',
      case when advisor_left then facts - 'advisor_id' || jsonb_build_object('status', entered) else facts end,
      'import ' || imp.id, imp.ip_address, imp.user_agent
    from judged where judged.done
  )
  select count(*) filter (where j.done),
    array_agg(case when advisor_left then warnings_without_advisor(warnings) else warnings end) filter (where j.done),
    array_agg(ord) filter (where dealer_serves and not j.done),
    array_agg("row") filter (where not dealer_serves)
  into done, told, conflicting, inactive
  from judged j;
  counts := done_rows(done, 0, told);
end $$;

-- A dry run's counterpart of create_bookings: notes what would be created.
create or replace function plan_bookings(imp booking_imports, p_round int, p_chunk int, p_ords bigint[],
  out counts chunk_counts, out conflicting bigint[], out inactive int[])
language plpgsql as $$
declare
  done int;
  told text[];
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
    select imp.id, "row", 'created', external_id, dealer_id from judged where judged.done
  )
  select count(*) filter (where j.done),
    array_agg(warnings) filter (where j.done),
    array_agg(ord) filter (where dealer_serves and not j.done),
    array_agg("row") filter (where not dealer_serves)
  into done, told, conflicting, inactive
  from judged j;
  counts := done_rows(done, 0, told);
end $$;

-- Rows whose external_id is taken, by the import's policy. missing: ords whose other booking went away meanwhile.
create or replace function resolve_duplicates(imp booking_imports, p_round int, p_chunk int, p_ords bigint[],
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

  if policy = 'update' then
    if own is not null and not imp.dry_run then
      perform update_bookings(imp, p_round, p_chunk, own);
    end if;
    counts := done_rows(0, coalesce(cardinality(own), 0),
      (select array_agg(d.warnings) from chunk_drafts(imp.id, p_round, p_chunk) d where d.ord = any (own)));
  else
    counts := (0, 0, coalesce(cardinality(own), 0), 0, 0, 0, '{}', '{}')::chunk_counts;
  end if;
  if refused_rows is not null then
    counts := add_counts(counts,
      refuse_rows(imp.id, p_round, p_chunk, refused_rows, refused_messages, 'DUPLICATE', 'external_id'));
  end if;
end $$;

-- Writes one chunk exactly once: the ledger row is the proof, and a second call answers from it.
create or replace function write_chunk(p_import varchar, p_round int, p_chunk int, p_epoch int)
returns table (created int, updated int, skipped int, failed int, warned int, refused int)
language plpgsql as $$
declare
  imp booking_imports := fenced_import(p_import, p_epoch);
  counts chunk_counts;
  is_tail boolean;
  is_judged boolean;
begin
  insert into booking_import_ledger (import_id, round, chunk) values (p_import, p_round, p_chunk) on conflict do nothing;
  if not found then
    return query select l.created, l.updated, l.skipped, l.failed, l.warned, 0
      from booking_import_ledger l where l.import_id = p_import and l.round = p_round and l.chunk = p_chunk;
    return;
  end if;
  select c.tail, c.validated_at is not null into is_tail, is_judged
  from booking_import_chunks c where c.import_id = p_import and c.round = p_round and c.chunk = p_chunk;
  -- Without it a chunk whose verdict is missing would pass for one without rows.
  if is_judged is not true then
    raise exception 'chunk % of round % of import % has no verdict to write', p_chunk, p_round, p_import
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  counts := add_counts(reopen_failures_of_round(p_import, p_round, p_chunk), record_faults(p_import, p_round, p_chunk));
  counts := add_counts(counts,
    case when is_tail then write_tail_rows(imp, p_round, p_chunk) else write_rows(imp, p_round, p_chunk, null) end);
  perform settle_ledger(p_import, p_round, p_chunk, counts);
  return query select counts.created, counts.updated, counts.skipped, counts.failed, counts.warned, counts.refused;
end $$;
