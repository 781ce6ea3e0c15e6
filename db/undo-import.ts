import { fail, ok, type Result } from '../src/domain/failures.ts';
import { type Actor, type KeptBooking, UNDO_DAYS } from '../src/domain/import.ts';
import { recordAction } from './admin-trail.ts';
import type { Database, Tx } from './connect.ts';
import { type ImportState, isRunning, lockImport, notFound } from './end-import.ts';
import { oneRow, rows, run, withTransaction } from './query.ts';

export interface UndoneImport {
  round: number;
  /** False: the same request was carried out before. */
  fresh: boolean;
}

/** Of the kept bookings so many are listed with the import; all of them are found by its id. */
const LISTED = 100;

/**
 * Removes what an import has created and no person has changed since, in one transaction: whoever edits one of the
 * bookings at that moment either is waited for, and the booking is kept, or finds it gone.
 * Failures: `IMPORT_NOT_FOUND`, `IMPORT_RUNNING`, `NOTHING_TO_UNDO`, `ALREADY_UNDONE`, `UNDO_EXPIRED`.
 */
export function undoImport(
  db: Database,
  importId: string,
  actor: Actor,
  idempotencyKey: string | null,
): Promise<Result<UndoneImport>> {
  const key = idempotencyKey && JSON.stringify([actor.subject, idempotencyKey]);
  return withTransaction(db, async (tx) => {
    const state = await lockImport(tx, importId);
    if (!state) return notFound();
    const { round } = state;
    const earlier = await judge(tx, importId, state, key);
    if (earlier) return earlier.ok ? ok({ round, fresh: false }) : earlier;
    await lockBookings(tx, importId);
    await remove(tx, importId, actor, key);
    await recordUndo(tx, importId, actor);
    return ok({ round, fresh: true });
  });
}

/** Why not; ok: it was done by this very request. */
async function judge(tx: Tx, importId: string, state: ImportState, key: string | null) {
  if (isRunning(state)) return fail('IMPORT_RUNNING', 'the import is still running; wait until it ends, or cancel it');
  if (state.dry_run) return fail('NOTHING_TO_UNDO', 'a check writes nothing, so there is nothing to undo');
  const { undone, repeated, expired } = await oneRow<{ undone: boolean; repeated: boolean; expired: boolean }>(
    tx,
    `select undone_at is not null as undone, undo_key is not null and undo_key = $2 as repeated,
       completed_at < now() - make_interval(days => $3) as expired
     from booking_imports where id = $1`,
    [importId, key, UNDO_DAYS],
  );
  if (repeated) return ok(undefined);
  if (undone) return fail('ALREADY_UNDONE', 'the import was undone before; what it kept is for a person to decide');
  if (expired) return fail('UNDO_EXPIRED', `an import can be undone for ${UNDO_DAYS} days after its end`);
  return undefined;
}

// A statement of its own: what is judged afterwards is read after the wait for whoever is changing one. In the order in
// which imports lock bookings, so that the two wait for each other and don't deadlock.
const lockBookings = (tx: Tx, importId: string): Promise<void> =>
  run(
    tx,
    `select count(*) from
       (select id from bookings where import_id = $1 order by external_id, id for update) locked`,
    [importId],
  );

async function remove(tx: Tx, importId: string, { subject, ip, userAgent }: Actor, key: string | null): Promise<void> {
  const { removed } = await oneRow<{ removed: number }>(tx, 'select remove_created($1, $2, $3, $4) as removed', [
    ...[importId, subject, ip, userAgent],
  ]);
  const kept = await listKept(tx, importId);
  await run(
    tx,
    `with undone as (
       update booking_imports set epoch = epoch + 1, undone_at = clock_timestamp(), updated_at = clock_timestamp(),
         undo_key = $2, undo = $3::jsonb || jsonb_build_object(
           'undoneAt', to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
           'kept', (select count(*) from bookings b where b.import_id = $1))
       where id = $1 returning id, round, undone_at
     )
     insert into lifecycle_walks (import_id, kind, round, since, until, due)
     select id, 'end', round, undone_at, undone_at, $4 from undone where $4 > 0`,
    [importId, key, JSON.stringify({ undoneBy: subject, removed, keptBookings: kept }), removed],
  );
}

async function recordUndo(tx: Tx, id: string, actor: Actor): Promise<void> {
  const after = await oneRow<{ removed: number; kept: number }>(
    tx,
    `select (undo ->> 'removed')::int as removed, (undo ->> 'kept')::int as kept from booking_imports where id = $1`,
    [id],
  );
  await recordAction(tx, actor, { action: 'IMPORT_UNDONE', kind: 'import', id, after });
}

const WHY = {
  CHANGED: (by: string | null) => `it was changed${by ? ` by ${by}` : ''} after the import`,
  BEING_CHANGED: () => 'somebody was about to change it',
};

async function listKept(tx: Tx, importId: string): Promise<KeptBooking[]> {
  const found = await rows<Omit<KeptBooking, 'message'> & { by: string | null }>(
    tx,
    `select b.id as "bookingId", b.external_id as "externalId", b.import_row as "row", why_kept(b) as code, a.changed_by as by
     from bookings b left join lateral (
       select changed_by from booking_audit_logs
       where booking_id = b.id and action not in ('IMPORTED', 'REFUSED') order by created_at desc limit 1
     ) a on true
     where b.import_id = $1 order by b.import_row limit $2`,
    [importId, LISTED],
  );
  return found.map(({ by, ...booking }) => ({ ...booking, message: WHY[booking.code](by) }));
}
