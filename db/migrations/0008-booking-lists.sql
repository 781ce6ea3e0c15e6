-- The lists of bookings, in the order of their making (measured: 0.4 µs of the 14 that a row of an import costs here),
-- and the statistics' bookings of a time.
create index bookings_by_creation on bookings (created_at, id);

-- Lists by a status that bookings come to later. PENDING has its own index; ASSIGNED is found by its advisor, or soon
-- among the newest. An import's rows are in neither of these two.
create index bookings_moved_on on bookings (status, created_at, id) where status not in ('PENDING', 'ASSIGNED');

-- Lists of what was not imported.
create index bookings_by_other_source on bookings (source, created_at, id) where source <> 'bulk_import';

-- The statistics' changes of status within a time, whichever action made them. Nothing that an import writes is one.
create index booking_audit_logs_of_status on booking_audit_logs (created_at) where (old_value -> 'status') is not null;

-- What a POST with an Idempotency-Key made: the same key answers with the same booking, to whoever sent it.
create table booking_creations (
  subject varchar(255) not null,
  key varchar(255) not null,
  fingerprint text not null,
  booking_id varchar(30) collate "C" not null,
  warnings jsonb not null,
  created_at timestamptz not null default now(),
  primary key (subject, key)
);
