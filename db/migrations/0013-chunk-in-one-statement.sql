-- A chunk's verdict and its writing are one statement each for the client. Begin, lock, work and commit one by one were
-- nine round trips a chunk, and cost an import a tenth of its time.

-- Every write of an import's chunk holds this, shared, until its transaction ends. In a volatile PL/pgSQL function each
-- statement reads by a snapshot of its own: what the next one checks is newer than the wait for the lock. In one
-- statement with the check the fence would be read from before the wait, and would pass after a cancel.
create function join_writers(p_import varchar) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('booking-import:' || p_import, 0));
end $$;

-- Stores a verdict beside its raw records. A second one changes nothing.
create function store_verdict(p_import varchar, p_round int, p_chunk int, p_epoch int,
  p_valid jsonb, p_rows int[], p_ids varchar[], p_warnings text[], p_errors json, p_told json) returns void
language plpgsql as $$
begin
  perform join_writers(p_import);
  perform fenced_import(p_import, p_epoch);
  update booking_import_chunks c set
    valid = p_valid, valid_rows = p_rows, valid_ids = p_ids, valid_warnings = p_warnings,
    errors = p_errors, warnings = p_told, validated_at = clock_timestamp()
  where c.import_id = p_import and c.round = p_round and c.chunk = p_chunk and c.validated_at is null;
end $$;

-- Whether any row of the import is in the database.
create function has_written_rows(p_import varchar) returns boolean language sql stable as $$
  select exists (
    select from booking_import_ledger where import_id = p_import and created + updated + skipped > 0)
$$;

-- Writes one chunk, in the transaction of this statement alone. One row in a few that the database refuses is that
-- row's fault; p_suspicious of them and not one that was ever written is the database's: BK002, and nothing stays.
create function write_chunk_alone(p_import varchar, p_round int, p_chunk int, p_epoch int, p_suspicious int)
returns table (created int, updated int, skipped int, failed int, warned int, refused int)
language plpgsql as $$
begin
  perform join_writers(p_import);
  select * into created, updated, skipped, failed, warned, refused
  from write_chunk(p_import, p_round, p_chunk, p_epoch);
  if refused >= p_suspicious and created + updated + skipped = 0 and not has_written_rows(p_import) then
    raise exception 'the database refused all % rows of a chunk, and none was written before; mend it, then resume', refused
      using errcode = 'BK002';
  end if;
  return next;
end $$;
