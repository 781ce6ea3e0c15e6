import type { BookingSource, BookingStatus } from '../src/domain/booking.ts';
import type { BookingSort } from '../src/domain/booking-list.ts';
import type { BookingView } from '../src/domain/booking-view.ts';
import type { Page } from '../src/domain/import.ts';
import { type BookingScope, type BookingViewRow, bookingView, inScope, toBookingView } from './booking-view.ts';
import type { Database } from './connect.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows } from './query.ts';

export interface BookingFilter {
  status?: BookingStatus[];
  dealer?: string;
  /** An id, an e-mail, or `none`: without an advisor. */
  advisor?: string;
  source?: BookingSource[];
  /** An import's id. */
  import?: string;
  /** ISO instants; `from` inclusive, `to` exclusive, by booking date. */
  from?: string;
  to?: string;
  /** Part of the name, phone, e-mail or external id, in any case. */
  text?: string;
  sort: BookingSort;
  limit: number;
  cursor?: string | null;
}

interface Order {
  column: string;
  direction: 'asc' | 'desc';
}
const ORDERS: Record<BookingSort, Order> = {
  createdAt: { column: 'b.created_at', direction: 'asc' },
  '-createdAt': { column: 'b.created_at', direction: 'desc' },
  bookingDate: { column: 'b.booking_date', direction: 'asc' },
  '-bookingDate': { column: 'b.booking_date', direction: 'desc' },
};

/**
 * One page of the bookings in a scope. By creation no booking is ever skipped or repeated, whatever changes meanwhile;
 * by booking date only one that is moved to another date between two pages can be.
 */
export async function listBookings(
  db: Database,
  scope: BookingScope,
  filter: BookingFilter,
): Promise<Page<BookingView>> {
  const { sql, bind } = bookingQuery(scope, filter);
  const found = await rows<BookingViewRow & { key: string }>(db, sql, bind);
  const page = toPage(found, filter.limit, ({ key, id }) => `${filter.sort} ${key} ${id}`);
  return { ...page, items: page.items.map(({ key: _, ...row }) => toBookingView(row)) };
}

/** The statement of a page. Parameters are constants to its planner, so a filter that is null costs nothing. */
export function bookingQuery(scope: BookingScope, filter: BookingFilter): { sql: string; bind: unknown[] } {
  const order = ORDERS[filter.sort];
  // Microseconds, as Postgres counts time: a Date would round them, and rows of one millisecond would get lost.
  const key = `(extract(epoch from ${order.column}) * 1000000)::bigint::text`;
  const sql = `${bookingView(`, ${key} as key`)}
    where ${isByDateOfMany(scope, filter) ? mergedFromDealers(order) : wanted(order)} ${firstOf(order)}`;
  return { sql, bind: [scope.advisorEmail, scope.dealerCodes, ...chosen(filter), ...after(filter), filter.limit + 1] };
}

/**
 * No index has all bookings by date: it cost an import more than any other (see migration 0025). Those of one advisor,
 * dealer or import, those that weren't imported or aren't over are few enough to be sorted; for a text all are read.
 */
function isByDateOfMany({ advisorEmail }: BookingScope, { sort, status, source, text, ...of }: BookingFilter): boolean {
  const isOfOne = (advisorEmail ?? of.dealer ?? of.import ?? of.advisor ?? 'none') !== 'none';
  const isOfFew = status?.includes('COMPLETED') === false || source?.includes('bulk_import') === false;
  return ORDERS[sort].column === 'b.booking_date' && !isOfOne && !isOfFew && text === undefined;
}

/** Each dealer's first by date, which have an index, and the first of those: 10 ms for a page of 300 dealers. */
function mergedFromDealers(order: Order): string {
  const first = (ofWhom: string) =>
    `(select b.id, b.booking_date from bookings b where ${ofWhom} and ${wanted(order)} ${firstOf(order)})`;
  return `b.id in (
    select b.id from (
      select b.* from dealers o cross join lateral ${first('b.dealer_id = o.id')} b
      where cardinality($2::text[]) = 0 or o.dealer_code = any ($2)
      union all ${first('b.dealer_id is null')}
    ) b ${firstOf(order)})`;
}

const firstOf = ({ column, direction }: Order): string =>
  `order by ${column} ${direction}, b.id ${direction} limit $14`;

const wanted = ({ column, direction }: Order): string => `${inScope('$1', '$2')} and ${CHOSEN}
  and ($12::bigint is null or (${column}, b.id) ${direction === 'asc' ? '>' : '<'}
    (timestamptz 'epoch' + $12::bigint * interval '1 microsecond', $13::text))
  ${column === 'b.booking_date' ? 'and b.booking_date is not null' : ''}`;

const CHOSEN = `
  ($3::text[] is null or b.status = any ($3::text[]))
  and ($4::text is null or b.dealer_id = (select s.id from dealers s where s.dealer_code = $4))
  and ($5::text is null or case when $5 = 'none' then b.advisor_id is null
    else b.advisor_id = (select s.id from advisors s where s.id = $5 or lower(s.email) = lower($5)) end)
  and ($6::text[] is null or b.source = any ($6::text[]))
  and ($7::text is null or b.import_id = $7)
  and ($8::timestamptz is null or b.booking_date >= $8)
  and ($9::timestamptz is null or b.booking_date < $9)
  and ($10::text is null or strpos(lower(b.customer_name), lower($10)) > 0 or strpos(b.customer_phone, $11) > 0
    or strpos(lower(b.customer_email), lower($10)) > 0 or strpos(lower(b.external_id), lower($10)) > 0)`;

const chosen = (filter: BookingFilter): unknown[] => [
  filter.status ?? null,
  filter.dealer ?? null,
  filter.advisor ?? null,
  filter.source ?? null,
  filter.import ?? null,
  filter.from ?? null,
  filter.to ?? null,
  filter.text ?? null,
  filter.text === undefined ? null : asStored(filter.text),
];

// Phones are kept in E.164, and people write them with blanks and brackets.
const asStored = (text: string): string =>
  /^[+\d\s().-]*\d[+\d\s().-]*$/.test(text) ? text.replace(/[^+\d]/g, '') : text;

function after({ cursor }: BookingFilter): [string | null, string | null] {
  const [, microseconds = null, id = null] = decodeCursor(cursor)?.split(' ') ?? [];
  return [microseconds, id];
}
