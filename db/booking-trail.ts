import { type HistoryEntry, type TrailEntry, tellEntry } from '../src/domain/booking-trail.ts';
import type { Page } from '../src/domain/import.ts';
import type { Database } from './connect.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows } from './query.ts';

export interface TrailFilter {
  limit: number;
  cursor?: string | null;
}

/** A booking's audit trail, oldest first. It outlives the booking. */
export async function listTrail(db: Database, bookingId: string, filter: TrailFilter): Promise<Page<TrailEntry>> {
  const [microseconds = null, id = null] = decodeCursor(filter.cursor)?.split(' ') ?? [];
  const found = await rows<Omit<TrailEntry, 'createdAt'> & { createdAt: Date; key: string }>(
    db,
    `select id, action, changed_by as "changedBy", old_value as "oldValue", new_value as "newValue",
       change_reason as "changeReason", host(ip_address) as "ipAddress", user_agent as "userAgent",
       created_at as "createdAt", (extract(epoch from created_at) * 1000000)::bigint::text as key
     from booking_audit_logs
     where booking_id = $1 and ($2::bigint is null
       or (created_at, id) > (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::text))
     order by created_at, id limit $4`,
    [bookingId, microseconds, id, filter.limit + 1],
  );
  const page = toPage(found, filter.limit, (entry) => `${entry.key} ${entry.id}`);
  const items = page.items.map(({ key: _, createdAt, oldValue, newValue, ...entry }) => ({
    ...entry,
    ...{ oldValue: inCamelCase(oldValue), newValue: inCamelCase(newValue), createdAt: createdAt.toISOString() },
  }));
  return { items, nextCursor: page.nextCursor };
}

type Facts = TrailEntry['newValue'];

// The trail has the columns' names. What is within one, such as metadata, is its writer's.
const inCamelCase = (facts: Facts): Facts =>
  facts &&
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), value]),
  );

/** The same in words. */
export async function listHistory(db: Database, bookingId: string, filter: TrailFilter): Promise<Page<HistoryEntry>> {
  const { items, nextCursor } = await listTrail(db, bookingId, filter);
  const names = await advisorNames(db, items);
  return { items: items.map((entry) => tellEntry(entry, (id) => names.get(id) ?? id)), nextCursor };
}

async function advisorNames(db: Database, entries: TrailEntry[]): Promise<Map<string, string>> {
  const ids = entries.flatMap(({ newValue }) => newValue?.advisorId ?? []);
  if (ids.length === 0) return new Map();
  const found = await rows<{ id: string; name: string }>(
    db,
    'select id, name from advisors where id = any ($1::text[])',
    [ids],
  );
  return new Map(found.map(({ id, name }) => [id, name]));
}
