import type { BookingView } from '../src/domain/booking-view.ts';
import type { CustomerKey } from '../src/domain/customer.ts';
import { type BookingViewRow, bookingView, toBookingView } from './booking-view.ts';
import type { Database, Tx } from './connect.ts';
import { type CustomerRequest, recordExport } from './customer-requests.ts';
import { type FoundCustomer, findCustomer } from './find-customer.ts';
import { rows, withTransaction } from './query.ts';

type Row = Record<string, unknown>;

/** All that is kept of a customer. Times are ISO 8601. */
export interface CustomerData {
  exportedAt: string;
  bookings: BookingView[];
  /** What happened to them, without who did it: that is about the staff. */
  trail: Row[];
  commands: Row[];
  notifications: Row[];
  /** The rows of files that are his, as the files had them. */
  fileRows: Row[];
}

// What an undo has removed still has its trail.
const TRAIL = `
  select booking_id as "bookingId", action, old_value as "oldValue", new_value as "newValue",
    change_reason as reason, created_at as "createdAt"
  from booking_audit_logs where booking_id = any ($1::varchar[]) order by created_at, id`;

const COMMANDS = `
  select booking_id as "bookingId", kind, payload as asked, reason, result, created_at as "createdAt"
  from booking_commands where booking_id = any ($1::varchar[]) order by created_at, id`;

const NOTIFICATIONS = `
  select booking_id as "bookingId", kind, data, created_at as "createdAt"
  from notifications where booking_id = any ($1::varchar[]) order by id`;

// The last round's copy of a row is as good as the first one's.
const FILE_ROWS = `
  with his as (
    select * from unnest($1::varchar[], $2::int[]) r (import_id, number)
  )
  select i.id as "importId", i.original_filename as "fileName", h.number as "row", i.created_at as "importedAt",
    i.facts -> 'header' as header, coalesce(e.raw_row -> 'cells', s.cells) as cells, e.field_errors as errors
  from his h join booking_imports i on i.id = h.import_id
  left join lateral (
    select x.raw_row, x.field_errors from booking_import_errors x
    where x.import_id = h.import_id and x.row_number = h.number order by x.round desc limit 1
  ) e on true
  left join lateral (
    select (r -> 2)::jsonb as cells from booking_import_chunks k, json_array_elements(k.raw) r
    where k.import_id = h.import_id and (r ->> 0)::int = h.number order by k.round desc limit 1
  ) s on e.raw_row is null
  order by i.id, h.number`;

/** Gathers what is kept of a customer, and records that it was; nothing is there of an unknown one. */
export function exportCustomer(db: Database, key: CustomerKey, request: CustomerRequest): Promise<CustomerData> {
  return withTransaction(db, async (tx) => {
    const found = await findCustomer(tx, key);
    const data = await gather(tx, found);
    const { exportedAt: _, ...lists } = data;
    const counts = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length]));
    await recordExport(tx, request, { key, known: found.known, counts });
    return data;
  });
}

async function gather(tx: Tx, { own, importIds, importRows }: FoundCustomer): Promise<CustomerData> {
  const bookings = await rows<BookingViewRow>(tx, `${bookingView()} where b.id = any ($1) order by b.id`, [own]);
  return {
    exportedAt: new Date().toISOString(),
    bookings: bookings.map(toBookingView),
    trail: await rows<Row>(tx, TRAIL, [own]),
    commands: await rows<Row>(tx, COMMANDS, [own]),
    notifications: await rows<Row>(tx, NOTIFICATIONS, [own]),
    fileRows: await rows<Row>(tx, FILE_ROWS, [importIds, importRows]),
  };
}
