import type { Page } from '../src/domain/import.ts';
import type { Notification } from '../src/domain/notification.ts';
import { type NotificationView, tellNotification } from '../src/domain/notification-view.ts';
import type { BookingScope } from './booking-view.ts';
import type { Database } from './connect.ts';
import { decodeCursor, toPage } from './page.ts';
import { oneRow, rows } from './query.ts';

/** Whose part of the feed: a booking's scope, and what is for this one person. */
export interface FeedScope extends BookingScope {
  subject: string;
}

/** Which part of it; places are exclusive. */
export type FeedPart = { before: string | null; limit: number } | { after: string; limit: number };

/** One page, newest first. Places never change, so none is skipped or repeated while others are told. */
export async function listNotifications(
  db: Database,
  scope: FeedScope,
  { limit, cursor }: { limit: number; cursor: string | null },
): Promise<Page<NotificationView>> {
  const found = await readFeed(db, scope, { before: decodeCursor(cursor), limit: limit + 1 });
  return toPage(found, limit, ({ id }) => id);
}

/** What was told after a place, oldest first. */
export const listTold = (db: Database, scope: FeedScope, after: string, limit: number): Promise<NotificationView[]> =>
  readFeed(db, scope, { after, limit });

/** The newest place there is, whosoever it is; all before it are there. */
export const findFeedHead = async (db: Database): Promise<string> =>
  (await oneRow<{ head: string }>(db, `select ${place('coalesce(max(feed_id), 0)')} as head from notifications`)).head;

interface FeedRow extends Notification {
  externalId: string | null;
  dealerCode: string | null;
  advisorName: string | null;
  at: Date;
  happenedAt: Date;
}

async function readFeed(db: Database, scope: FeedScope, part: FeedPart): Promise<NotificationView[]> {
  const { sql, bind } = feedQuery(scope, part);
  return (await rows<FeedRow>(db, sql, bind)).map(toView);
}

const toView = ({ advisorName, at, happenedAt, ...row }: FeedRow): NotificationView => {
  const { id, kind, bookingId, externalId, importId, dealerCode, data } = row;
  const times = { at: at.toISOString(), happenedAt: happenedAt.toISOString() };
  const text = tellNotification({ ...row, advisorName });
  return { id, kind, bookingId, externalId, importId, dealerCode, ...times, data, text };
};

// Twelve digits for a thousand a second in thirty years.
const place = (feedId: string): string => `lpad((${feedId})::text, 12, '0')`;
const LAST = '999999999999';

/** The statement of a part of the feed. Each branch reads no more than the limit, by an index of its own. */
export function feedQuery(scope: FeedScope, part: FeedPart): { sql: string; bind: unknown[] } {
  const [sign, order] = 'before' in part ? ['<', 'desc'] : ['>', 'asc'];
  const nextOf = (condition: string) =>
    `(select n.feed_id from notifications n where ${condition} and n.feed_id ${sign} $2::bigint
      order by n.feed_id ${order} limit $3)`;
  const others = scope.advisorEmail === null ? forAdmin(scope.dealerCodes, nextOf) : forAdvisor(scope, nextOf);
  const sql = `
    select ${place('n.feed_id')} as id, n.kind, n.booking_id as "bookingId", b.external_id as "externalId",
      n.import_id as "importId", d.dealer_code as "dealerCode", a.name as "advisorName", n.told_at as at,
      n.created_at as "happenedAt", n.data
    from (
      select feed_id from (${nextOf('n.subject = $1')} union all ${others.sql}) parts order by feed_id ${order} limit $3
    ) mine
    join notifications n on n.feed_id = mine.feed_id
    left join bookings b on b.id = n.booking_id
    left join dealers d on d.id = n.dealer_id
    left join advisors a on a.id = n.advisor_id
    order by n.feed_id ${order}`;
  const edge = 'before' in part ? (part.before ?? LAST) : part.after;
  return { sql, bind: [scope.subject, edge, part.limit, ...others.bind] };
}

type NextOf = (condition: string) => string;

const SERVED = 'array(select s.id from dealers s where s.dealer_code = any ($4))';

/** What is for one other person only is nobody else's, an admin's neither. */
function forAdmin(dealerCodes: string[], nextOf: NextOf) {
  if (dealerCodes.length === 0) return { sql: nextOf('n.subject is null'), bind: [] };
  const ofOne = nextOf('n.subject is null and n.dealer_id = dealer.id');
  const sql = `(select next.feed_id from (select s.id from dealers s where s.dealer_code = any ($4)) dealer
      cross join lateral ${ofOne} next)`;
  return { sql, bind: [dealerCodes] };
}

const forAdvisor = ({ advisorEmail, dealerCodes }: FeedScope, nextOf: NextOf) => ({
  sql: nextOf(`n.subject is null and (cardinality($4::text[]) = 0 or n.dealer_id = any (${SERVED}))
    and n.advisor_id = (select s.id from advisors s where lower(s.email) = lower($5) and s.is_active)`),
  bind: [dealerCodes, advisorEmail],
});
