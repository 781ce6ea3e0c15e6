import type { Store } from './store.ts';

/** What an import left in the tables, without ids and clocks: two runs of one file must agree. */
export async function importedTables(store: Store, importId: string): Promise<Record<string, unknown[]>> {
  const bookings = await store.rows(
    `select external_id, dealer_id, car_variant_id, customer_name, customer_phone, customer_email, advisor_id, booking_date,
       status, source, metadata, import_row, version,
       (select jsonb_agg(a.action order by a.created_at) from booking_audit_logs a where a.booking_id = b.id) as trail
     from bookings b where import_id = $1 order by import_row`,
    [importId],
  );
  const errors = await store.rows(
    `select row_number, raw_row, error_message, error_type, field_errors, resolved_round is null as open
     from booking_import_errors where import_id = $1 order by row_number, round`,
    [importId],
  );
  const fates = await store.rows(
    'select row_number, outcome from booking_import_rows where import_id = $1 order by row_number',
    [importId],
  );
  const totals = await store.rows(
    `select status, total_rows, processed_rows, successful_rows, failed_rows, error_summary from booking_imports where id = $1`,
    [importId],
  );
  const orphans = await store.rows(
    `select a.id from booking_audit_logs a where not exists (select from bookings b where b.id = a.booking_id)`,
  );
  return { bookings, errors, fates, totals, orphans };
}
