import type { RecordedLifecycle } from '../src/domain/lifecycle-match.ts';
import type { Database } from './connect.ts';
import { LIFECYCLE_STATE, type StateRow, toLifecycleState } from './lifecycle-state.ts';
import { oneRow, rows, run, withTransaction } from './query.ts';

/** The last id of the next `size` bookings, closed ones as well; null: these are the last. */
export async function endOfWindow(db: Database, after: string, size: number): Promise<string | null> {
  const [found] = await rows<{ id: string }>(
    db,
    'select id from bookings where id > $1 order by id offset $2 limit 1',
    [after, size - 1],
  );
  return found?.id ?? null;
}

export interface LifecycleWindow {
  /** Exclusive. */
  after: string;
  /** Inclusive; null: no end. */
  upTo: string | null;
  /** These as well, whatever their state. */
  running: string[];
  quietSeconds: number;
}

const IS_DUE = `(needs_lifecycle(b) and not exists (
  select from booking_imports i
  where i.id = b.import_id and (i.status in ('PENDING', 'PROCESSING') or exists (
    select from lifecycle_walks w where w.import_id = i.id and w.kind = 'start' and w.finished_at is null))))`;

/** The bookings of a window that need a workflow which nobody is about to start, or have one. */
export async function findRecorded(db: Database, window: LifecycleWindow): Promise<Map<string, RecordedLifecycle>> {
  const found = await rows<StateRow & { id: string; isDue: boolean; isQuiet: boolean }>(
    db,
    `select b.id, b.updated_at < now() - make_interval(secs => $4) as "isQuiet", ${IS_DUE} as "isDue", ${LIFECYCLE_STATE}
     where b.id > $1 and ($2::text is null or b.id <= $2) and (b.id = any ($3) or ${IS_DUE})`,
    [window.after, window.upTo, window.running, window.quietSeconds],
  );
  return new Map(found.map(({ id, isDue, isQuiet, ...row }) => [id, toRecorded(row, isDue, isQuiet)]));
}

function toRecorded(row: StateRow, isDue: boolean, isQuiet: boolean): RecordedLifecycle {
  const state = toLifecycleState(row);
  return { state, isDue: isDue && !state.historical, isQuiet };
}

/** Imports whose removed bookings' workflows are being ended. */
export const findEndingImports = async (db: Database): Promise<Set<string>> =>
  new Set(
    (
      await rows<{ id: string }>(
        db,
        `select import_id as id from lifecycle_walks where kind = 'end' and finished_at is null`,
      )
    ).map(({ id }) => id),
  );

/** Up to which booking the last run has looked; empty: the next one begins anew. */
export const getReconcilePosition = async (db: Database): Promise<string> =>
  (await oneRow<{ after: string }>(db, 'select after_booking as after from reconcile_position')).after;

/** Keeps what a run came to. `position`: null leaves it. */
export const recordReconcile = (db: Database, mended: Record<string, number>, position: string | null): Promise<void> =>
  withTransaction(db, async (tx) => {
    if (position !== null) await run(tx, 'update reconcile_position set after_booking = $1', [position]);
    await run(
      tx,
      `insert into reconcile_totals (kind, mended, last_mended_at)
       select key, value::bigint, clock_timestamp() from jsonb_each_text($1) where value::bigint > 0
       on conflict (kind) do update set mended = reconcile_totals.mended + excluded.mended, last_mended_at = excluded.last_mended_at`,
      [JSON.stringify(mended)],
    );
  });
