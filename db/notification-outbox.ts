import type { BookingStatus } from '../src/domain/booking.ts';
import type { DropReason, Notification, NotifiedBooking } from '../src/domain/notification.ts';
import type { Database } from './connect.ts';
import { oneRow, prepared, rows, run } from './query.ts';

/** What notifications are of: one booking, or an import as a whole. */
export type NotifiedOf = { bookingId: string } | { importId: string };

/** A notification that not every channel has. */
export interface OpenNotification extends Notification {
  /** Names of the channels that have it. */
  deliveredBy: string[];
  /** null: it is gone, or there is none. */
  booking: NotifiedBooking | null;
}

type OpenRow = Omit<OpenNotification, 'booking'> & {
  status: BookingStatus | null;
  version: number;
  bookingDate: Date | null;
};

/** The next of what waits to be delivered, in the order in which it happened. */
export async function listOpen(db: Database, of: NotifiedOf, limit: number): Promise<OpenNotification[]> {
  const [statement, id] = 'bookingId' in of ? [OF_BOOKING, of.bookingId] : [OF_IMPORT, of.importId];
  const found = await rows<OpenRow>(db, statement, [id, limit]);
  return found.map(({ status, version, bookingDate, ...notification }) => ({
    ...notification,
    booking: status && { status, version, bookingDate: bookingDate?.toISOString() ?? null },
  }));
}

const listOf = (column: 'booking_id' | 'import_id') =>
  prepared(
    `list_open_by_${column}`,
    `select n.id, n.kind, n.booking_id as "bookingId", n.import_id as "importId", n.dealer_id as "dealerId",
       case when n.kind = 'REMINDER' then b.advisor_id else n.advisor_id end as "advisorId", n.subject, n.data,
       n.delivered_by as "deliveredBy", b.status, b.version, b.booking_date as "bookingDate"
     from notifications n left join bookings b on b.id = n.booking_id
     where n.${column} = $1 and n.delivered_at is null and n.dropped_at is null
     order by n.id limit $2`,
  );
const [OF_BOOKING, OF_IMPORT] = [listOf('booking_id'), listOf('import_id')];

/**
 * Puts a notification into the feed, once however often; false: its booking is no longer at the version at which it was
 * judged, and nothing was done. `others`: the channels beside the feed.
 */
export const feedNotification = async (
  db: Database,
  id: string,
  version: number | null,
  others: string[],
): Promise<boolean> => (await oneRow<{ fed: boolean }>(db, FEED, [id, version, others])).fed;

const FEED = prepared('feed_notification', 'select feed_notification($1, $2, $3) as fed');

/** Takes a notification out that no longer holds; false as above. `version` null: the booking is gone. */
export async function dropNotification(
  db: Database,
  id: string,
  version: number | null,
  reason: DropReason,
): Promise<boolean> {
  const dropped = await rows(
    db,
    `with held as (
       select b.version from notifications n join bookings b on b.id = n.booking_id where n.id = $1 for share of b
     )
     update notifications set dropped_at = clock_timestamp(), drop_reason = $3
     where id = $1 and delivered_at is null and (select version from held) is not distinct from $2::int
     returning id`,
    [id, version, reason],
  );
  return dropped.length > 0;
}

/** Notes that a channel has a notification, and when it was the last of all. */
export const recordDelivery = (db: Database, id: string, channel: string, channels: string[]): Promise<void> =>
  run(
    db,
    `update notifications set delivered_by = array_remove(delivered_by, $2) || $2,
       delivered_at = case when delivered_by || $2 @> $3 then clock_timestamp() end
     where id = $1 and delivered_at is null`,
    [id, channel, channels],
  );

/** What has waited for so long that whoever should have delivered it is taken for gone, the oldest first. */
export async function findLeftNotifications(db: Database, silentSeconds: number, limit: number): Promise<NotifiedOf[]> {
  const found = await rows<{ bookingId: string | null; importId: string }>(
    db,
    `select booking_id as "bookingId", import_id as "importId" from notifications
     where delivered_at is null and dropped_at is null and created_at < now() - make_interval(secs => $1)
     group by booking_id, import_id order by min(created_at) limit $2`,
    [silentSeconds, limit],
  );
  return found.map(({ bookingId, importId }) => (bookingId === null ? { importId } : { bookingId }));
}
