import type { AdminAction, AdminTrailEntry } from '../src/domain/admin-trail.ts';
import type { Actor, Page } from '../src/domain/import.ts';
import type { Database, Tx } from './connect.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows, run } from './query.ts';

const text = (value: object | undefined): string | null => (value ? JSON.stringify(value) : null);

/** Tells what an admin did; of a change only what differs. In the transaction of the change, or there is none. */
export const recordAction = (on: Database | Tx, actor: Actor, done: AdminAction): Promise<void> =>
  run(
    on,
    `insert into admin_audit_log (changed_by, action, object_kind, object_id, old_value, new_value, change_reason,
       ip_address, user_agent, idempotency_key, fingerprint)
     select $1, $2, $3, $4, case when given.changed then jsonb_differing(before, after) else before end,
       case when given.changed then jsonb_differing(after, before) else after end, $7, $8, $9, $10, $11
     from (select $5::jsonb as before, $6::jsonb as after, num_nulls($5, $6) = 0 as changed) given`,
    [
      ...[actor.subject, done.action, done.kind, done.id, text(done.before), text(done.after)],
      ...[actor.reason ?? null, actor.ip, actor.userAgent, actor.once?.key ?? null, actor.once?.fingerprint ?? null],
    ],
  );

export interface AdminTrailFilter {
  subject?: string;
  action?: string;
  kind?: string;
  object?: string;
  /** ISO instants; `from` inclusive, `to` exclusive. */
  from?: string;
  to?: string;
  limit: number;
  cursor?: string | null;
}

/** Newest first. */
export async function listAdminTrail(db: Database, filter: AdminTrailFilter): Promise<Page<AdminTrailEntry>> {
  const found = await rows<Omit<AdminTrailEntry, 'createdAt'> & { createdAt: Date }>(
    db,
    `select id, action, changed_by as "changedBy", object_kind as kind, object_id as object,
       old_value as "oldValue", new_value as "newValue", change_reason as "changeReason",
       host(ip_address) as "ipAddress", user_agent as "userAgent", created_at as "createdAt"
     from admin_audit_log
     where ($1::text is null or changed_by = $1) and ($2::text is null or action = $2)
       and ($3::text is null or object_kind = $3) and ($4::text is null or object_id = $4)
       and ($5::timestamptz is null or created_at >= $5) and ($6::timestamptz is null or created_at < $6)
       and ($7::text is null or id < $7)
     order by id desc limit $8`,
    [
      ...[filter.subject, filter.action, filter.kind, filter.object, filter.from, filter.to].map((v) => v ?? null),
      ...[decodeCursor(filter.cursor), filter.limit + 1],
    ],
  );
  const page = toPage(found, filter.limit, (entry) => entry.id);
  return { ...page, items: page.items.map((entry) => ({ ...entry, createdAt: entry.createdAt.toISOString() })) };
}
