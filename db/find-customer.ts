import type { CustomerKey } from '../src/domain/customer.ts';
import type { Database, Tx } from './connect.ts';
import { oneRow, rows } from './query.ts';

/** Where a customer's data begins: all other places are found by these. */
export interface FoundCustomer {
  /** His bookings, those too that an undo has removed and only the trail knows. */
  own: string[];
  /** What else his bookings and their trail call him: names, phones, e-mails. */
  known: string[];
  /** His rows of imports, as two lists of one length. */
  importIds: string[];
  importRows: number[];
}

const OWN = `
  select b.id from bookings b, to_customer_key($1::jsonb) c
  where is_customer(c, b.customer_phone, b.customer_email, b.customer_name)`;

const REMOVED = `
  select a.booking_id from booking_audit_logs a, to_customer_key($1::jsonb) c
  where not exists (select from bookings b where b.id = a.booking_id) and (
    is_customer(c, a.new_value ->> 'customer_phone', a.new_value ->> 'customer_email', a.new_value ->> 'customer_name')
    or is_customer(c, a.old_value ->> 'customer_phone', a.old_value ->> 'customer_email', a.old_value ->> 'customer_name'))`;

const KNOWN = `
  select distinct v.text from (
    select b.customer_name, b.customer_phone, b.customer_email from bookings b where b.id = any ($1::varchar[])
    union all
    select t ->> 'customer_name', t ->> 'customer_phone', t ->> 'customer_email'
    from booking_audit_logs a, unnest(array[a.old_value, a.new_value]) t where a.booking_id = any ($1::varchar[])
  ) s, unnest(array[s.customer_name, s.customer_phone, s.customer_email, $2::text]) v (text)
  where v.text is not null`;

/** Looks at every booking, trail entry and kept row of an import, some 10 µs each: no index serves what is asked so rarely. */
export async function findCustomer(on: Database | Tx, key: CustomerKey): Promise<FoundCustomer> {
  const asked = JSON.stringify(key);
  const own = await rows<{ id: string }>(on, `${OWN} union select booking_id from (${REMOVED}) gone`, [asked]);
  const ids = own.map(({ id }) => id);
  const known = await rows<{ text: string }>(on, KNOWN, [ids, key.name]);
  const found = await oneRow<Pick<FoundCustomer, 'importIds' | 'importRows'>>(
    on,
    `select coalesce(array_agg(import_id), '{}') as "importIds", coalesce(array_agg(row_number), '{}') as "importRows"
     from customer_rows(to_customer_key($1::jsonb), $2::varchar[])`,
    [asked, ids],
  );
  return { own: ids, known: known.map(({ text }) => text), ...found };
}

/** The same, after the wait for whoever is changing one of the bookings; in the order in which imports lock them. */
export async function lockCustomer(tx: Tx, key: CustomerKey): Promise<FoundCustomer> {
  await rows(tx, `select id from bookings where id in (${OWN}) order by external_id, id for update`, [
    JSON.stringify(key),
  ]);
  return findCustomer(tx, key);
}
