-- Open failures of an import by type and by field; a row with two faults counts under both, with two of a kind once.
create function import_error_summary(p_import varchar) returns jsonb language sql stable as $$
  with faults as (
    select distinct e.row_number, f ->> 'type' as type, f ->> 'field' as field
    from booking_import_errors e, jsonb_array_elements(e.field_errors) f
    where e.import_id = p_import and e.resolved_round is null
  )
  select jsonb_build_object(
    'byType', coalesce((select jsonb_object_agg(type, n) from
      (select type, count(distinct row_number) as n from faults group by type) t), '{}'),
    'byField', coalesce((select jsonb_object_agg(field, n) from
      (select field, count(distinct row_number) as n from faults where field is not null group by field) f), '{}'))
$$;

-- Ends an import: its totals from the ledger, once and for all. The caller has shut out the writers.
create function close_import(p_import varchar, p_status varchar, p_reason_code varchar, p_reason_message text) returns void
language sql as $$
  update booking_imports i set
    status = p_status, reason_code = p_reason_code, reason_message = p_reason_message, paused_at = null,
    processed_rows = l.created + l.updated + l.skipped + l.failed,
    successful_rows = l.created + l.updated + l.skipped,
    failed_rows = l.failed,
    error_summary = import_error_summary(p_import),
    completed_at = clock_timestamp(), updated_at = clock_timestamp()
  from (
    select coalesce(sum(created), 0)::int as created, coalesce(sum(updated), 0)::int as updated,
      coalesce(sum(skipped), 0)::int as skipped, coalesce(sum(failed), 0)::int as failed
    from booking_import_ledger where import_id = p_import
  ) l
  where i.id = p_import
$$;
