import type { Access } from '../src/domain/access.ts';
import type { Page } from '../src/domain/import.ts';
import type { Database } from './connect.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows, run } from './query.ts';

/** Adds many at once. Those that are there already stay as they are, so that a batch may be sent again. */
export const storeAccesses = (db: Database, accesses: Access[]): Promise<void> =>
  run(
    db,
    `insert into access_log (id, at, subject, role, ip, user_agent, method, route, status, request_id, object_id, failure,
       failure_detail)
     select id, at, subject, role, ip, "userAgent", method, route, status, "requestId", "objectId", failure, "failureDetail"
     from jsonb_to_recordset($1::jsonb) a(id varchar, at timestamptz, subject varchar, role varchar, ip inet,
       "userAgent" text, method varchar, route varchar, status smallint, "requestId" varchar, "objectId" varchar,
       failure varchar, "failureDetail" text)
     on conflict do nothing`,
    [JSON.stringify(accesses)],
  );

export interface AccessFilter {
  subject?: string;
  /** An address, or a network such as 10.1.0.0/16. */
  ip?: string;
  /** ISO instants; `from` inclusive, `to` exclusive. */
  from?: string;
  to?: string;
  status?: number;
  limit: number;
  cursor?: string | null;
}

/** Newest first. */
export async function listAccesses(db: Database, filter: AccessFilter): Promise<Page<Access>> {
  const found = await rows<Omit<Access, 'at'> & { at: Date }>(
    db,
    `select id, at, subject, role, host(ip) as ip, user_agent as "userAgent", method, route, status,
       request_id as "requestId", object_id as "objectId", failure, failure_detail as "failureDetail"
     from access_log
     where ($1::text is null or subject = $1) and ($2::inet is null or ip <<= $2)
       and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at < $4)
       and ($5::int is null or status = $5) and ($6::text is null or id < $6)
     order by id desc limit $7`,
    [
      ...[filter.subject, filter.ip, filter.from, filter.to, filter.status].map((value) => value ?? null),
      ...[decodeCursor(filter.cursor), filter.limit + 1],
    ],
  );
  const page = toPage(found, filter.limit, (access) => access.id);
  return { ...page, items: page.items.map((access) => ({ ...access, at: access.at.toISOString() })) };
}
