import { type CustomerKey, ERASED_NAME } from '../src/domain/customer.ts';
import type { Tx } from './connect.ts';
import type { FoundCustomer } from './find-customer.ts';
import { rows } from './query.ts';

// What each statement knows: the customer's own bookings and rows, and the patterns that his data match. Who shares a
// phone keeps it: with a name in the key nothing is swept that isn't the customer's own.
const ERASURE = `
  with given as (
    select to_customer_key($1::jsonb) as key, $2::varchar[] as own, $3::text[] as known, $4::text as put
  ), e as (
    select own, put, (key).name is null as sweeps, customer_pattern(key) as strong, rough_pattern(key) as rough,
      intimate_pattern(key, known) as intimate
    from given
  ), his as (
    select import_id, array_agg(row_number) as numbers
    from unnest($5::varchar[], $6::int[]) r (import_id, row_number) group by 1
  )`;

/** Where customers' data can be, but for the trail, with the statement that takes it out; each gives what it changed. */
const PLACES = {
  bookings: `
    update bookings b set customer_name = '${ERASED_NAME}', customer_phone = null, customer_email = null, metadata = null,
      external_id = case when b.external_id !~* e.intimate then b.external_id end,
      version = b.version + 1, updated_at = clock_timestamp()
    from e where b.id = any (e.own) returning b.id`,

  // Somebody else's booking, whose notes have his phone or e-mail.
  mentions: `
    update bookings b set metadata = without_customer(b.metadata, e.strong, e.put, false),
      external_id = case when b.external_id !~* e.strong then b.external_id end,
      version = b.version + 1, updated_at = clock_timestamp()
    from e where e.sweeps and not b.id = any (e.own)
      and concat(b.external_id, b.metadata) ~* e.rough and concat(b.external_id, ' ', b.metadata) ~* e.strong
    returning b.id`,

  // The fingerprint is a hash of what was noted: a short note can be found by trying.
  commands: `
    update booking_commands c set payload = t.payload, reason = t.reason, fingerprint = 'erased'
    from (
      select x.id, without_customer(x.payload, o.pattern, e.put, o.own) as payload,
        left(regexp_replace(x.reason, o.pattern, e.put, 'gi'), 255) as reason
      from booking_commands x, e, lateral (
        select x.booking_id = any (e.own) as own, case when x.booking_id = any (e.own) then e.intimate else e.strong end as pattern
      ) o
      where o.own or (e.sweeps and concat(x.payload, x.reason) ~* e.rough)
    ) t
    where c.id = t.id and (c.payload, c.reason) is distinct from (t.payload, t.reason) returning c.id`,

  creations: `
    update booking_creations c set fingerprint = 'erased', warnings = '[]' from e where c.booking_id = any (e.own) returning c.key`,

  notifications: `
    update notifications n set data = t.data
    from (
      select x.id, without_customer(x.data, case when o.own then e.intimate else e.strong end, e.put, o.own) as data
      from notifications x, e, lateral (
        select coalesce(x.booking_id = any (e.own), false) or exists (select from his where his.import_id = x.import_id) as own
      ) o
      where o.own or (e.sweeps and x.data::text ~* e.rough)
    ) t
    where n.id = t.id and n.data is distinct from t.data returning n.id`,

  importErrors: `
    update booking_import_errors r set raw_row = t.raw, field_errors = t.faults, error_message = t.message
    from (
      select x.id,
        case when o.own then erased_words() else regexp_replace(x.error_message, e.strong, e.put, 'gi') end as message,
        case when o.own then jsonb_build_object('line', x.raw_row -> 'line', 'cells', '[]'::jsonb)
          else without_customer(x.raw_row, e.strong, e.put, false) end as raw,
        case when o.own then erased_faults(x.field_errors)
          else without_customer(x.field_errors, e.strong, e.put, false) end as faults
      from booking_import_errors x, e, lateral (
        select exists (select from his where his.import_id = x.import_id and x.row_number = any (his.numbers)) as own
      ) o
      where o.own or (e.sweeps and concat(x.raw_row, x.error_message) ~* e.rough)
    ) t
    where r.id = t.id and (r.raw_row, r.field_errors, r.error_message) is distinct from (t.raw, t.faults, t.message)
    returning r.id`,

  stagedChunks: `
    update booking_import_chunks k set raw = t.raw, valid = t.valid, errors = t.errors, warnings = t.warnings
    from (
      select n.*
      from e, booking_import_chunks x left join his on his.import_id = x.import_id,
        -- Without offset 0 it would be called once for each of its columns.
        lateral (
          select (k).* from (
            select erased_chunk(x, coalesce(his.numbers, '{}'), e.rough, case when e.sweeps then e.strong end, e.intimate, e.put) as k
            offset 0) once
        ) n
      where exists (select from json_array_elements(x.raw) r where (r ->> 0)::int = any (his.numbers))
        or (e.sweeps and x.raw::text ~* e.rough)
    ) t
    where (k.import_id, k.round, k.chunk) = (t.import_id, t.round, t.chunk)
      and (k.raw::text, k.valid, k.errors::text) is distinct from (t.raw::text, t.valid, t.errors::text)
    returning k.chunk`,

  importRows: `
    update booking_import_rows r set external_id = null
    from e where r.external_id ~* e.rough and r.external_id ~* e.strong
      and (e.sweeps or exists (select from his where his.import_id = r.import_id and r.row_number = any (his.numbers)))
    returning r.row_number`,

  imports: `
    update booking_imports i set erased_at = clock_timestamp(),
      original_filename = regexp_replace(i.original_filename, e.intimate, e.put, 'gi'),
      reason_message = regexp_replace(i.reason_message, e.intimate, e.put, 'gi'),
      facts = without_customer(i.facts, e.intimate, e.put, false),
      import_settings = without_customer(i.import_settings, e.intimate, e.put, false),
      undo = without_customer(i.undo, e.intimate, e.put, false)
    from e where exists (select from his where his.import_id = i.id) returning i.id`,

  // What was never staged may hold anybody, and so may the sheets of a workbook that weren't read. Its bytes are of use
  // to a retry of what was never staged, and to nothing else.
  files: `
    , dropped as (
      delete from booking_import_files f using booking_imports i
      where i.id = f.import_id and i.status not in ('PENDING', 'PROCESSING') and (exists (select from his where his.import_id = i.id) or i.staged_round = 0
        or jsonb_array_length(i.facts -> 'sheets') > 1)
      returning f.import_id
    )
    update booking_imports i set erased_at = clock_timestamp()
    where exists (select from dropped d where d.import_id = i.id) and exists (select from e) returning i.id`,
} as const;

export type CustomerPlace = keyof typeof PLACES;
export type ErasedIds = Record<CustomerPlace, string[]>;

/** Takes a customer out of everything but the trail; the caller has locked his bookings, and no import of his runs. */
export async function erasePlaces(
  tx: Tx,
  key: CustomerKey,
  { own, known, importIds, importRows }: FoundCustomer,
  pseudonym: string,
): Promise<ErasedIds> {
  const bind = [JSON.stringify(key), own, known, pseudonym, importIds, importRows];
  const erased: Partial<ErasedIds> = {};
  for (const place of Object.keys(PLACES) as CustomerPlace[]) {
    const found = await rows<Record<string, unknown>>(tx, `${ERASURE} ${PLACES[place]}`, bind);
    erased[place] = found.map((row) => String(Object.values(row)[0]));
  }
  return erased as ErasedIds;
}
