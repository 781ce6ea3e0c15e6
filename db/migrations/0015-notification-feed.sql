-- A notification is written together with what it tells of, and waits here until every channel has it.
alter table notifications
  alter booking_id drop not null,
  -- Of an import as a whole instead of one booking.
  add column import_id varchar(30) collate "C",
  add column delivered_by text[] not null default '{}',
  -- When the last channel had it.
  add column delivered_at timestamptz,
  -- It no longer held when it was to be delivered.
  add column dropped_at timestamptz,
  add column drop_reason varchar(50),
  -- Its place in the feed, and when it got there; null: nobody can see it.
  add column feed_id bigint unique,
  add column told_at timestamptz,
  add check (num_nonnulls(booking_id, import_id) = 1);
create unique index notifications_by_import on notifications (import_id, event) where import_id is not null;
create index notifications_open on notifications (booking_id, id) where delivered_at is null and dropped_at is null;

-- The feed is read from its newest end, each reader's part by an index of its own.
drop index notifications_by_advisor, notifications_by_dealer, notifications_by_subject;
create index notifications_by_advisor on notifications (advisor_id, feed_id) where subject is null and feed_id is not null;
create index notifications_by_dealer on notifications (dealer_id, feed_id) where subject is null and feed_id is not null;
create index notifications_by_subject on notifications (subject, feed_id) where subject is not null and feed_id is not null;

create sequence notification_feed;

-- Puts a notification into the feed; once, however often. Places are given out under a lock that is held until the
-- commit: whoever reads one has seen all before it, or never will. A sequence alone, like an id or a time that was set
-- at the insert, would let a transaction that commits late slip in behind a reader. (The horizon of running
-- transactions would need no lock, but an import in one transaction would hold the feed up for its whole time.)
-- p_version: of its booking, by which it was judged to hold; false when the booking has moved on. It is locked, so that
-- after a cancel nothing of before is told. p_others: the channels without which it isn't delivered yet.
create function feed_notification(p_id varchar, p_version integer, p_others text[]) returns boolean language plpgsql as $$
begin
  if p_version is not null then
    perform from notifications n join bookings b on b.id = n.booking_id
    where n.id = p_id and b.version = p_version for share of b;
    if not found then return false; end if;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('booking-import:feed', 0));
  update notifications n set feed_id = nextval('notification_feed'), told_at = clock_timestamp(),
    delivered_by = n.delivered_by || text 'feed',
    delivered_at = case when n.delivered_by @> p_others then clock_timestamp() end,
    -- A reminder is for whoever has the booking now.
    advisor_id = case when n.kind = 'REMINDER' then (select b.advisor_id from bookings b where b.id = n.booking_id)
      else n.advisor_id end
  where n.id = p_id and n.feed_id is null;
  return true;
end $$;

-- One summary an advisor of what a round of an import has brought, instead of one notification a row; none of a check or
-- of the past, or where the settings say so. The caller has just ended the round.
create function tell_assigned(p_import varchar) returns void language sql as $$
  insert into notifications (import_id, event, kind, dealer_id, advisor_id, data)
  select i.id, 'assigned:' || i.round || ':' || b.advisor_id, 'IMPORT_ASSIGNED',
    case when count(distinct b.dealer_id) = 1 then min(b.dealer_id) end, b.advisor_id,
    jsonb_build_object('bookings', count(*), 'fileName', i.original_filename, 'by', i.admin_id)
  from booking_imports i
  join bookings b on b.import_id = i.id and b.created_at between i.started_at and i.completed_at
  where i.id = p_import and not i.dry_run and b.advisor_id is not null
    and i.import_settings ->> 'historical' is distinct from 'true'
    and i.import_settings ->> 'notify' is distinct from 'false'
  group by i.id, b.advisor_id
  on conflict do nothing
$$;
