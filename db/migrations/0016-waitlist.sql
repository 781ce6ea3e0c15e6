-- Where the oldest who waits for a dealer's day is looked for; of an import's rows only those that wait are in it.
create index bookings_waitlisted on bookings (dealer_id, booking_date) where status = 'WAITLISTED';

-- The command that brought this one about, in another booking: each brings about one at most. Nobody sent it; its
-- subject is 'system'.
alter table booking_commands add column caused_by varchar(30) collate "C";
create unique index booking_commands_caused_by on booking_commands (caused_by) where caused_by is not null;

-- A place on a dealer's day, given up by the booking in that version, and to whom it is offered by which command. No
-- foreign keys: each would wait for whoever changes the other booking, and that one for us.
create table waitlist_places (
  booking_id varchar(30) collate "C" not null,
  version integer not null,
  dealer_id varchar(30) collate "C" not null,
  -- By the calendar of the dealer's time zone.
  day date not null,
  offered_to varchar(30) collate "C",
  command_id varchar(30) collate "C",
  -- UNCLAIMED: nobody was waiting, or is any more. Who comes to wait later doesn't get it by itself.
  outcome varchar(30) check (outcome in ('PROMOTED', 'UNCLAIMED')),
  settled_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  primary key (booking_id, version),
  check ((outcome is null) = (settled_at is null)),
  check ((command_id is null) = (outcome is not distinct from 'UNCLAIMED'))
);
create unique index waitlist_places_by_command on waitlist_places (command_id) where command_id is not null;
create index waitlist_places_open on waitlist_places (offered_to) where settled_at is null;
