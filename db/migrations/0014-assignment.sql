-- Where a dealer's round robin stands. Who assigns by a strategy holds the row until commit, and behind all other locks:
-- of two who choose at once the second counts what the first has assigned.
create table assignment_turns (
  dealer_id varchar(30) collate "C" primary key references dealers on delete cascade,
  -- Whom the last round robin chose. No foreign key: the turn goes on behind somebody who is gone.
  advisor_id varchar(30) collate "C",
  taken_at timestamptz not null default clock_timestamp()
);

-- An advisor's load. Only what is assigned already when it comes in costs an import this entry.
create index bookings_active_by_advisor on bookings (advisor_id) where status in ('ASSIGNED', 'IN_PROGRESS');

create view active_bookings as
  select id, advisor_id from bookings where status in ('ASSIGNED', 'IN_PROGRESS') and advisor_id is not null;

create function serving_advisors(p_dealers varchar[]) returns table (dealer_id varchar, advisor_id varchar, is_home boolean)
language sql stable as $$
  select s.dealer_id, s.advisor_id, s.is_home
  from advisor_dealers s join advisors a on a.id = s.advisor_id and a.is_active
  where s.dealer_id = any (p_dealers)
$$;

-- Chooses an advisor in turn for each of the bookings, in their order: src/domain/assignment.ts in SQL. Null: there is none.
create function choose_in_turn(p_bookings varchar[], p_dealers varchar[])
returns table (booking_id varchar, dealer_id varchar, nth bigint, advisor_id varchar, why text)
language sql stable as $$
  with asked as (
    select o.booking_id, o.dealer_id, row_number() over (partition by o.dealer_id order by o.ord) - 1 as nth
    from unnest(p_bookings, p_dealers) with ordinality o (booking_id, dealer_id, ord)
  ), desk as (
    -- Those behind the last turn, then those before it.
    select c.dealer_id, c.advisor_id, t.advisor_id as last_turn, count(*) over (partition by c.dealer_id) as size,
      row_number() over (partition by c.dealer_id
        order by (c.advisor_id > t.advisor_id collate "C") is true desc, c.advisor_id collate "C") - 1 as place
    from serving_advisors(p_dealers) c join assignment_turns t on t.dealer_id = c.dealer_id
  ), chosen as (
    select a.*, d.advisor_id,
      coalesce(lag(d.advisor_id) over (partition by a.dealer_id order by a.nth), d.last_turn) as before
    from asked a left join desk d on d.dealer_id = a.dealer_id and d.place = a.nth % d.size
  )
  select c.booking_id, c.dealer_id, c.nth, c.advisor_id, case when c.advisor_id is not null then
    'round robin: ' || case when c.before is null then 'the first in turn' else 'next after ' || c.before end end
  from chosen c
$$;

-- The same by load. An advisor of several dealers has one load, so each choice counts for all that come after it.
create function choose_least_loaded(p_bookings varchar[], p_dealers varchar[], p_home_only boolean)
returns table (booking_id varchar, advisor_id varchar, why text)
language plpgsql as $$
declare
  words constant text := case when p_home_only then 'home dealer, least loaded: ' else 'least loaded: ' end;
  -- The advisors of each dealer stand in a row: whose they are, and from where to where each booking has them.
  ids varchar[];
  people int[];
  firsts int[];
  lasts int[];
  loads int[];
  best int;
  rival int;
begin
  with desk as materialized (
    select c.dealer_id, c.advisor_id, row_number() over (order by c.dealer_id, c.advisor_id collate "C")::int as place,
      dense_rank() over (order by c.advisor_id)::int as person
    from serving_advisors(p_dealers) c where c.is_home or not p_home_only
  )
  select
    (select array_agg(d.advisor_id order by d.place) from desk d),
    (select array_agg(d.person order by d.place) from desk d),
    (select array_agg(p.active order by p.person) from (
      select d.person, (select count(*)::int from active_bookings b where b.advisor_id = d.advisor_id) as active
      from (select distinct x.person, x.advisor_id from desk x) d) p),
    array_agg(r.first order by o.n), array_agg(r.last order by o.n)
  into ids, people, loads, firsts, lasts
  from unnest(p_dealers) with ordinality o (dealer_id, n)
    left join (select d.dealer_id, min(d.place) as first, max(d.place) as last from desk d group by 1) r using (dealer_id);

  for n in 1 .. cardinality(p_bookings) loop
    best := null;
    rival := null;
    for place in coalesce(firsts[n], 1) .. coalesce(lasts[n], 0) loop
      if best is null or loads[people[place]] < loads[people[best]] then
        rival := best;
        best := place;
      elsif rival is null or loads[people[place]] < loads[people[rival]] then
        rival := place;
      end if;
    end loop;
    booking_id := p_bookings[n];
    advisor_id := ids[best];
    why := words || case when rival is null then 'the only one, with ' || loads[people[best]]
      else loads[people[best]] || ' against ' || loads[people[rival]] end;
    return next;
    if best is not null then loads[people[best]] := loads[people[best]] + 1; end if;
  end loop;
end $$;

-- Chooses an advisor for each of the bookings, in their order; null where nobody can take it. Each statement in here
-- reads by a snapshot of its own: what is counted is newer than the wait for the turns. Said to be 100 rows, so that
-- the bookings are then looked up by id: for the 1,000 of a default all of 200,000 would be read for a chunk.
create function choose_advisors(p_strategy text, p_bookings varchar[], p_dealers varchar[])
returns table (booking_id varchar, advisor_id varchar, why text)
language plpgsql rows 100 as $$
begin
  -- In one order, so that concurrent chunks wait for each other and don't deadlock.
  insert into assignment_turns as t (dealer_id) select distinct d from unnest(p_dealers) d order by d
    on conflict (dealer_id) do update set taken_at = clock_timestamp();
  if p_strategy <> 'round_robin' then
    return query select * from choose_least_loaded(p_bookings, p_dealers, p_strategy = 'dealer_based');
    return;
  end if;
  return query
    with chosen as materialized (select * from choose_in_turn(p_bookings, p_dealers)), kept as (
      update assignment_turns t set advisor_id = l.advisor_id
      from (select distinct on (c.dealer_id) c.dealer_id, c.advisor_id
        from chosen c where c.advisor_id is not null order by c.dealer_id, c.nth desc) l
      where t.dealer_id = l.dealer_id
    )
    select c.booking_id, c.advisor_id, c.why from chosen c;
end $$;

-- How an import assigns what it creates; null: it leaves that to people. A check makes nothing, the past needs nobody.
create function assigning_strategy(imp booking_imports) returns text language sql immutable as $$
  select case when not imp.dry_run and imp.import_settings ->> 'historical' is distinct from 'true'
    then nullif(imp.import_settings ->> 'assignment', 'manual') end
$$;

create function nobody_serves(p_strategy text) returns text language sql immutable as $$
  select case p_strategy
    when 'dealer_based' then 'The booking''s dealer is no active advisor''s home; give it one, or choose among all who serve it.'
    else 'No active advisor serves the booking''s dealer; give it one, then assign.' end
$$;

-- As gen_cuid, with a time that its caller has from there: anew for each row it cost a chunk of 500 some 10 ms of 50.
create function cuid_of(p_time text) returns varchar language sql volatile as $$
  select p_time || upper(left(replace(gen_random_uuid()::text, '-', ''), 16))
$$;

-- Gives each of these bookings an advisor in their order, or tells in its trail why it has none. The system does it and
-- not the admin, so that an undo takes it back. Advisors are told at the import's end, once and not a thousand times.
create function assign_in_order(p_strategy text, p_bookings varchar[], p_dealers varchar[])
returns void language sql as $$
  with chosen as materialized (
    select c.booking_id as id, cuid_of(now.part) as entry_id, c.advisor_id, c.why
    from (select left(gen_cuid(), 10) as part) now, choose_advisors(p_strategy, p_bookings, p_dealers) c
  ), changed as (
    -- It was never PENDING for anybody but this transaction: it is ASSIGNED since it was made.
    update bookings b set advisor_id = c.advisor_id, status = 'ASSIGNED', status_since = b.created_at,
      version = b.version + 1, updated_at = clock_timestamp()
    from chosen c where b.id = c.id and c.advisor_id is not null
    returning b.id, b.advisor_id, c.entry_id, c.why
  )
  insert into booking_audit_logs (id, booking_id, changed_by, action, old_value, new_value, change_reason, created_at)
  select entry_id, id, 'system', 'ASSIGNED', '{"status": "PENDING", "advisor_id": null}'::jsonb,
    jsonb_build_object('status', 'ASSIGNED', 'advisor_id', advisor_id, 'why', why), why, clock_timestamp()
  from changed
  union all
  select entry_id, id, 'system', 'REFUSED', null, jsonb_build_object('command', 'assign', 'code', 'NO_ADVISOR_AVAILABLE',
    'asked', jsonb_build_object('strategy', p_strategy), 'message', nobody_serves(p_strategy)), null, clock_timestamp()
  from chosen where advisor_id is null
$$;

-- A chunk's warnings, as its column is described, with one more for some of its rows.
create function add_warning(p_warnings json, p_rows int[], p_warning jsonb) returns json language sql immutable as $$
  with before as (
    select coalesce(p_warnings -> 'told', '[]')::jsonb as told, coalesce(p_warnings -> 'rows', '[]')::jsonb as entries
  ), places as (
    select (e.entry ->> 0)::int as number, i.place from before, jsonb_array_elements(entries) e (entry),
      jsonb_array_elements_text(e.entry - 0) i (place)
    union all
    select number, jsonb_array_length(told)::text from before, unnest(p_rows) number
  )
  select json_build_object('told', told || p_warning, 'rows', (
    select json_agg(to_json(number || places) order by number) from (
      select number, array_agg(place::int order by place::int) as places from places group by number) entry
  )) from before
$$;

-- What chunks have created and nobody has. offset 0 keeps each look-up one by id: joined with all PENDING bookings, which
-- is what the planner makes of it in a table that began empty, 50,000 rows took three minutes.
create function unassigned_of(p_import varchar, p_round int, p_chunks int[])
returns table (booking_id varchar, dealer_id varchar, number int, is_warned boolean) language sql stable as $$
  select b.id, b.dealer_id, b.import_row, v.warnings is not null
  from booking_import_chunks c, unnest(c.valid_ids, c.valid_warnings) v (id, warnings),
    lateral (select x.* from bookings x where x.id = v.id offset 0) b
  where c.import_id = p_import and c.round = p_round and c.chunk = any (p_chunks) and b.status = 'PENDING' and b.advisor_id is null
$$;

-- Warns of what nobody could take. Who is warned of something already counts as warned.
create function warn_of_unassigned(imp booking_imports, p_round int, p_chunk int) returns chunk_counts language plpgsql as $$
declare
  numbers int[];
  newly_warned int;
begin
  select array_agg(u.number order by u.number), count(*) filter (where not u.is_warned) into numbers, newly_warned
  from unassigned_of(imp.id, p_round, array[p_chunk]) u;
  if numbers is null then return done_rows(0, 0, '{}'); end if;
  update booking_import_chunks c set warnings = add_warning(c.warnings, numbers, jsonb_build_object(
    'type', 'NO_ADVISOR_AVAILABLE', 'field', 'advisor_email', 'message', nobody_serves(assigning_strategy(imp))))
  where c.import_id = imp.id and c.round = p_round and c.chunk = p_chunk;
  return (0, 0, 0, 0, newly_warned, 0,
    array_fill('NO_ADVISOR_AVAILABLE'::text, array[cardinality(numbers)]), '{}')::chunk_counts;
end $$;

-- Assigns what a chunk has created, and gives the warnings of what stays without an advisor. The last that a transaction
-- does: an all_or_nothing import does it behind all its chunks. In the midst of them it would hold dealers' turns while
-- it waits for bookings, and whoever has those may want the turns.
create function assign_created(imp booking_imports, p_round int, p_chunk int) returns chunk_counts language plpgsql as $$
declare
  total chunk_counts := done_rows(0, 0, '{}');
  chunks int[] := array[p_chunk];
  ids varchar[];
  dealers varchar[];
  each int;
begin
  if imp.import_settings ->> 'mode' = 'all_or_nothing' then
    chunks := array(select c.chunk from booking_import_chunks c where c.import_id = imp.id and c.round = p_round order by 1);
    if p_chunk < chunks[cardinality(chunks)] then return total; end if;
  end if;
  select array_agg(u.booking_id order by u.number), array_agg(u.dealer_id order by u.number) into ids, dealers
  from unassigned_of(imp.id, p_round, chunks) u;
  if ids is null then return total; end if;
  perform assign_in_order(assigning_strategy(imp), ids, dealers);
  foreach each in array chunks loop
    total := add_counts(total, warn_of_unassigned(imp, p_round, each));
  end loop;
  return total;
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
  if assigning_strategy(imp) is not null then
    counts := add_counts(counts, assign_created(imp, p_round, p_chunk));
  end if;
  perform settle_ledger(p_import, p_round, p_chunk, counts);
  return query select counts.created, counts.updated, counts.skipped, counts.failed, counts.warned, counts.refused;
end $$;
