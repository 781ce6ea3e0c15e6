-- What a whole chunk's writing doesn't need is not made for it: each row's facts as one, its warnings and its place, which
-- chunk_drafts gives, and its warnings taken apart one by one. Some 2 % of what a chunk costs Postgres.

create or replace function create_whole_chunk(imp booking_imports, p_round int, p_chunk int) returns chunk_counts
language plpgsql as $$
declare
  due int;
  done int;
  told text[];
begin
  select cardinality(c.valid_rows), c.valid_warnings into due, told
  from booking_import_chunks c
  where c.import_id = imp.id and c.round = p_round and c.chunk = p_chunk;

  insert into bookings (id, external_id, dealer_id, car_variant_id, customer_name, customer_phone, customer_email,
    advisor_id, booking_date, status, source, metadata, import_id, import_row)
  select d.id, d.external_id, d.dealer_id, d.car_variant_id, d.customer_name, d.customer_phone, d.customer_email,
    d.advisor_id, d.booking_date, d.status, 'bulk_import', d.metadata, imp.id, d."row"
  from booking_import_chunks c
  cross join rows from (
    unnest(c.valid_rows), unnest(c.valid_ids),
    jsonb_to_recordset(c.valid) as (
      external_id varchar, dealer_id varchar, car_variant_id varchar, customer_name text, customer_phone text,
      customer_email text, advisor_id varchar, booking_date timestamptz, status varchar, metadata jsonb
    )) d ("row", id)
  join dealers dl on dl.id = d.dealer_id and dl.is_active
  where c.import_id = imp.id and c.round = p_round and c.chunk = p_chunk and (d.advisor_id is null or exists (
    select from advisor_dealers s join advisors a on a.id = s.advisor_id and a.is_active
    where s.advisor_id = d.advisor_id and s.dealer_id = d.dealer_id))
  -- Concurrent chunks take the unique index in one order: 51 deadlocks without, none with.
  order by d.external_id;
  get diagnostics done = row_count;
  if done <> due then
    raise exception 'not all rows of the chunk can be created' using errcode = 'BK003';
  end if;

  insert into booking_audit_logs (id, booking_id, changed_by, action, new_value, change_reason, ip_address, user_agent)
  -- The first audit row of a booking may as well carry its id: one id less to make a row.
  select d.id, d.id, imp.admin_id, 'IMPORTED', d.facts, 'import ' || imp.id, imp.ip_address, imp.user_agent
  from booking_import_chunks c, rows from (unnest(c.valid_ids), jsonb_array_elements(c.valid)) d (id, facts)
  where c.import_id = imp.id and c.round = p_round and c.chunk = p_chunk;
  return done_rows(done, 0, told);
exception when sqlstate 'BK003' or unique_violation then
  return null;
end $$;

-- Counts of drafts that were written, or would be.
create or replace function done_rows(p_created int, p_updated int, p_warnings text[]) returns chunk_counts
language sql immutable as $$
  select (p_created, p_updated, 0, 0, coalesce(cardinality(array_remove(p_warnings, null)), 0), 0,
    coalesce(string_to_array(array_to_string(p_warnings, ','), ','), '{}'), '{}')::chunk_counts
$$;

-- How often each key occurs; a '-' before it takes one off. A chunk's rows warn mostly of the same.
create or replace function count_keys(p_keys text[]) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(key, n), '{}') from (
    select ltrim(k, '-') as key, sum(case when k like '-%' then -times else times end) as n
    from (select k, count(*) as times from unnest(p_keys) k group by k) alike group by 1
  ) counted
$$;
