import type { BookingDraft } from '../src/domain/booking.ts';
import type { Database } from './connect.ts';
import { rows } from './query.ts';

/** The rows for whose customer a booking at the same dealer and time exists already: same phone, or same name. */
export async function findSameBookings(db: Database, drafts: BookingDraft[]): Promise<Set<number>> {
  const sought = drafts.map(({ row, dealer_id, booking_date, customer_name, customer_phone }) => ({
    row,
    dealer_id,
    booking_date,
    customer_name,
    customer_phone,
  }));
  const found = await rows<{ row: number }>(
    db,
    `select s."row"
     from json_to_recordset($1::json) s ("row" int, dealer_id varchar, booking_date timestamptz, customer_name text, customer_phone text)
     where exists (
       select from bookings b
       where b.dealer_id = s.dealer_id and b.booking_date = s.booking_date
         and (b.customer_phone = s.customer_phone or lower(b.customer_name) = lower(s.customer_name)))`,
    [JSON.stringify(sought)],
  );
  return new Set(found.map((item) => item.row));
}
