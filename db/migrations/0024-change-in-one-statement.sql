-- A change is one statement for the client, whatever it frees. Begin, lock, reading, change, the day's lock, the offer, what
-- it caused and commit were eight of a cancel's ten round trips, and on a full machine each of them waits for its turn.

-- Writes what a command changes, its audit row, its notifications and its result, and gives that. p_changes: status,
-- advisorId, bookingDate, note; what isn't in it stays. p_telling: action, kind, why. Null: nothing is changed, since the
-- booking isn't at the version that was judged, or the command has a result.
create function change_booking(p_command varchar, p_version int, p_changes jsonb, p_telling jsonb) returns jsonb
language plpgsql as $$
declare
  p_status constant varchar := p_changes ->> 'status';
  p_note constant text := p_changes ->> 'note';
  p_why constant text := p_telling ->> 'why';
  told jsonb;
begin
  with open as (
    -- Locked first: another try may be storing a refusal just now.
    select * from booking_commands where id = p_command and booking_commands.result is null for update
  ), changed as (
    update bookings b set
      status = coalesce(p_status, b.status),
      advisor_id = case when p_changes ? 'advisorId' then p_changes ->> 'advisorId' else b.advisor_id end,
      booking_date = coalesce((p_changes ->> 'bookingDate')::timestamptz, b.booking_date),
      metadata = case when p_note is null then b.metadata else coalesce(b.metadata, '{}')
        || jsonb_build_object('notes', concat_ws(e'\n', b.metadata ->> 'notes', p_note)) end,
      status_since = case when p_status is distinct from b.status and p_status is not null
        -- Never the same again: the trigger takes that for a write behind the lifecycle, and sets the time of the writing.
        then greatest(coalesce(c.occurred_at, clock_timestamp()), b.status_since + interval '1 microsecond')
        else b.status_since end,
      version = b.version + 1,
      updated_at = clock_timestamp()
    from open c
    where b.id = c.booking_id and b.version = p_version
    returning b.id, b.status, b.version, b.dealer_id, b.advisor_id, b.booking_date, old.advisor_id as former_id,
      booking_facts(old) - 'metadata' as before, booking_facts(new) - 'metadata' as after
  ), audited as (
    insert into booking_audit_logs (booking_id, changed_by, action, old_value, new_value, change_reason, ip_address, user_agent, created_at)
    select x.id, c.subject, p_telling ->> 'action', nullif(jsonb_differing(x.before, x.after), '{}'),
      jsonb_differing(x.after, x.before) || jsonb_strip_nulls(jsonb_build_object('note', p_note, 'why', p_why)),
      coalesce(c.reason, p_why), c.ip_address, c.user_agent, clock_timestamp()
    from changed x, open c
  ), notified as (
    insert into notifications (booking_id, event, kind, dealer_id, advisor_id, data)
    select x.id, 'command:' || c.id || whom.suffix, whom.kind, x.dealer_id, whom.advisor_id,
      jsonb_build_object('status', x.status, 'bookingDate', x.booking_date, 'by', c.subject,
        'reason', coalesce(c.reason, p_why))
    from changed x cross join open c cross join lateral (
      select '' as suffix, p_telling ->> 'kind' as kind, x.advisor_id
      union all
      select ':former', 'UNASSIGNED', x.former_id where x.former_id is distinct from x.advisor_id and x.former_id is not null
    ) whom
  )
  update booking_commands c
  set result = jsonb_build_object('ok', true, 'status', x.status, 'version', x.version), applied_at = clock_timestamp()
  from changed x where c.id = p_command
  returning c.result into told;
  return told;
end $$;

-- Offers a place, that a booking gave up in that version, to whoever waits longest for it, by a command with the id
-- p_offer, and gives that command; no row: nobody waits. p_place: dealerId, day (YYYY-MM-DD), from and until (its
-- midnights), isOpen. Whoever waits for the day's lock holds one booking's row, and after it takes no other's: no circle of
-- those who wait.
create function offer_place(p_booking varchar, p_version int, p_place jsonb, p_offer varchar, p_cause varchar)
returns table ("bookingId" varchar, "commandId" varchar, "occurredAt" timestamptz) language plpgsql as $$
declare
  p_dealer constant varchar := p_place ->> 'dealerId';
  p_day constant date := p_place ->> 'day';
begin
  -- In a volatile PL/pgSQL function each statement reads by a snapshot of its own: the next one's is newer than the wait.
  perform pg_advisory_xact_lock(hashtextextended('waitlist:' || p_dealer || ':' || (p_place ->> 'day'), 0));
  return query
  -- The version is what makes it safe without a lock on the row: whatever happens to the booking until its own workflow
  -- applies the command, a cancel too, makes that refuse it, and the place goes on.
  with oldest as (
    select b.id, b.version from bookings b
    where (p_place -> 'isOpen')::boolean and b.dealer_id = p_dealer and b.status = 'WAITLISTED'
      and b.booking_date >= (p_place ->> 'from')::timestamptz and b.booking_date < (p_place ->> 'until')::timestamptz
      and not exists (select from waitlist_places p
        where p.offered_to = b.id and p.settled_at is null and p.dealer_id = p_dealer and p.day = p_day
          and (p.booking_id, p.version) <> (p_booking, p_version))
    order by b.created_at, b.id limit 1
  ), offered as (
    insert into booking_commands (id, booking_id, subject, role, key, fingerprint, kind, payload, reason,
      expected_version, caused_by, created_at)
    select p_offer, id, 'system', 'admin', p_offer, '', 'changeStatus', '{"status": "PENDING"}',
      'booking ' || p_booking || ' gave up its place', version, p_cause, clock_timestamp()
    from oldest
    returning id, booking_id, created_at
  ), noted as (
    insert into waitlist_places (booking_id, version, dealer_id, day, offered_to, command_id, outcome, settled_at)
    select p_booking, p_version, p_dealer, p_day, o.booking_id, o.id, case when o.id is null then 'UNCLAIMED' end,
      case when o.id is null then clock_timestamp() end
    from (select) place left join offered o on true
    on conflict (booking_id, version) do update set offered_to = excluded.offered_to, command_id = excluded.command_id,
      outcome = excluded.outcome, settled_at = excluded.settled_at
  )
  select o.booking_id, o.id, o.created_at from offered o;
end $$;

-- The change of a booking that gives up a place, and the offer of that place. No row: as null of change_booking.
create function change_and_offer(p_command varchar, p_version int, p_changes jsonb, p_telling jsonb, p_booking varchar,
  p_place jsonb, p_offer varchar)
returns table (result jsonb, "bookingId" varchar, "commandId" varchar, "occurredAt" timestamptz) language plpgsql as $$
begin
  result := change_booking(p_command, p_version, p_changes, p_telling);
  if result is null then return; end if;
  select o."bookingId", o."commandId", o."occurredAt" into "bookingId", "commandId", "occurredAt"
  from offer_place(p_booking, (result ->> 'version')::int, p_place, p_offer, p_command) o;
  return next;
end $$;
