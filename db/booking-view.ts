import type { BookingView } from '../src/domain/booking-view.ts';
import type { Database, Tx } from './connect.ts';
import { prepared, rows } from './query.ts';

/** Whose bookings a caller may see; both limits hold. */
export interface BookingScope {
  /** An advisor sees what is assigned to the active advisor with this e-mail; null: everybody's. */
  advisorEmail: string | null;
  /** Dealer codes that the token is limited to; empty: no limit. */
  dealerCodes: string[];
}

/** One row of `bookingView`. */
export type BookingViewRow = Omit<BookingView, Instant> & {
  bookingDate: Date | null;
  createdAt: Date;
  updatedAt: Date;
};
type Instant = 'bookingDate' | 'createdAt' | 'updatedAt';

/** The bookings `b` with what they refer to; `more` columns begin with a comma. */
export const bookingView = (more = ''): string => `
  select b.id, b.external_id as "externalId", d.dealer_code as "dealerCode", d.dealer_name as "dealerName",
    b.customer_name as "customerName", b.customer_phone as "customerPhone", b.customer_email as "customerEmail",
    case when a.id is not null then jsonb_build_object('id', a.id, 'email', a.email, 'name', a.name) end as advisor,
    coalesce(v.code, b.metadata ->> 'carVariant') as "carVariant", b.booking_date as "bookingDate", b.status, b.source,
    b.metadata ->> 'notes' as notes, b.metadata, b.import_id as "importId", b.import_row as "importRow", b.version,
    b.created_at as "createdAt", b.updated_at as "updatedAt"${more}
  from bookings b
  left join dealers d on d.id = b.dealer_id
  left join advisors a on a.id = b.advisor_id
  left join car_variants v on v.id = b.car_variant_id`;

/** The condition on `b` for a scope's two parameters, such as `$2` and `$3`; sub-selects, so that its indexes serve. */
export const inScope = (advisorEmail: string, dealerCodes: string): string => `(
  (${advisorEmail}::text is null
    or b.advisor_id = (select s.id from advisors s where lower(s.email) = lower(${advisorEmail}) and s.is_active))
  and (cardinality(${dealerCodes}::text[]) = 0
    or b.dealer_id = any (array(select s.id from dealers s where s.dealer_code = any (${dealerCodes})))))`;

export const toBookingView = ({ bookingDate, createdAt, updatedAt, ...row }: BookingViewRow): BookingView => ({
  ...row,
  bookingDate: bookingDate?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});

const FIND_VIEW = prepared('find_booking_view', `${bookingView()} where b.id = $1 and ${inScope('$2', '$3')}`);

/** Undefined: there is none, or it isn't in the caller's scope. */
export async function findBookingView(
  db: Database | Tx,
  id: string,
  scope: BookingScope,
): Promise<BookingView | undefined> {
  const [row] = await rows<BookingViewRow>(db, FIND_VIEW, [id, scope.advisorEmail, scope.dealerCodes]);
  return row && toBookingView(row);
}
