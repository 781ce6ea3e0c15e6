import type { RetentionKind } from '../src/domain/retention.ts';
import type { Database, Tx } from './connect.ts';
import { lockImport } from './end-import.ts';
import { oneRow, rows, run, withTransaction } from './query.ts';

/** Whose work it is, and how old a thing must be. */
export interface RetentionRun {
  runId: string;
  days: number;
}

/** A batch takes some 50 ms, in which nobody waits but who wants these very rows. */
const BATCH_ROWS = 5_000;

/** Begins the note of a run of a kind, so that it is there when nothing is found; a second try finds it. */
export const beginRetention = (db: Database, kind: RetentionKind, { runId, days }: RetentionRun): Promise<void> =>
  run(
    db,
    `insert into retention_runs (run_id, kind, up_to) values ($1, $2, now() - make_interval(days => $3))
     on conflict do nothing`,
    [runId, kind, days],
  );

/** Ends it; gives how many things went in all its tries. */
export const endRetention = async (db: Database, kind: RetentionKind, runId: string): Promise<number> =>
  (
    await oneRow<{ items: number }>(
      db,
      `update retention_runs set finished_at = clock_timestamp() where run_id = $1 and kind = $2
       returning items::float8 as items`,
      [runId, kind],
    )
  ).items;

/** Deletes a batch and notes it, in one transaction; false: nothing is left. Several at once take different ones. */
export function deleteBatch(db: Database, kind: RetentionKind, given: RetentionRun): Promise<boolean> {
  if (kind === 'imports') return expireOneImport(db, given);
  return kind === 'accessLog' ? purgeAccessLog(db, given) : deleteOldRows(db, kind, given);
}

/** By the one function that may: the log is append-only to everybody. */
async function purgeAccessLog(db: Database, { runId, days }: RetentionRun): Promise<boolean> {
  const { deleted } = await oneRow<{ deleted: number }>(
    db,
    `with gone as (
       select purge_access_log(now() - make_interval(days => $2), ${BATCH_ROWS}) as deleted
     ), noted as (
       update retention_runs set items = items + deleted, rows = rows + deleted from gone
       where run_id = $1 and kind = 'accessLog'
     )
     select deleted from gone`,
    [runId, days],
  );
  return deleted === BATCH_ROWS;
}

// What goes row by row: what is over, and when it was. A command is over with its answer: from then on its key may be
// used anew. One without is still to be applied.
const OLD_ROWS = {
  commands: { table: 'booking_commands', over: 'result is not null', at: 'applied_at' },
  notifications: {
    table: 'notifications',
    over: 'num_nonnulls(delivered_at, dropped_at) > 0',
    at: 'coalesce(delivered_at, dropped_at)',
  },
};
type RowKind = keyof typeof OLD_ROWS;

async function deleteOldRows(db: Database, kind: RowKind, { runId, days }: RetentionRun): Promise<boolean> {
  const { table, over, at } = OLD_ROWS[kind];
  const { deleted } = await oneRow<{ deleted: number }>(
    db,
    `with gone as (
       delete from ${table} where ctid = any (array(
         select ctid from ${table} where ${over} and ${at} < now() - make_interval(days => $3)
         limit ${BATCH_ROWS} for update skip locked))
       returning 1
     ), noted as (
       update retention_runs set items = items + (select count(*) from gone), rows = rows + (select count(*) from gone)
       where run_id = $1 and kind = $2
     )
     select count(*)::int as deleted from gone`,
    [runId, kind, days],
  );
  return deleted === BATCH_ROWS;
}

// Whose lifecycles are still being started or ended is found by its rows.
const IS_OVER = `
  i.rows_expired_at is null and i.status in ('COMPLETED', 'FAILED', 'CANCELLED')
  and i.completed_at < now() - make_interval(days => $1)
  and not exists (select from lifecycle_walks w where w.import_id = i.id and w.finished_at is null)`;

/** The one that ended first, whole, so that no retry finds a half of it. */
async function expireOneImport(db: Database, { runId, days }: RetentionRun): Promise<boolean> {
  const [next] = await rows<{ id: string }>(
    db,
    `select i.id from booking_imports i where ${IS_OVER} order by i.completed_at limit 1`,
    [days],
  );
  if (next) await withTransaction(db, (tx) => expireIfOver(tx, next.id, { runId, days }));
  return next !== undefined;
}

async function expireIfOver(tx: Tx, importId: string, { runId, days }: RetentionRun): Promise<void> {
  // Whoever retries it, or expires it as well, is waited for; then it is looked at anew.
  await lockImport(tx, importId);
  await rows(
    tx,
    `select expire_import(i.id, $3, now() - make_interval(days => $1)) from booking_imports i where i.id = $2 and ${IS_OVER}`,
    [days, importId, runId],
  );
}
