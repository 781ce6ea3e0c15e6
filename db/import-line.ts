import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { ImportCaps, ImportReason, ImportRound } from '../src/domain/import.ts';
import type { Database, Tx } from './connect.ts';
import { lockLine } from './fence.ts';
import { oneRow, rows, withTransaction } from './query.ts';

/** An import of ten rows takes half a second, one of the largest files a minute: somewhere between. */
const RETRY_AFTER_SECONDS = 10;

/** Where a new round stands: its workflow is started now, or it waits until one of its admin's imports ends. */
export type LinePlace = 'running' | 'waiting';

/**
 * Gives a round its place under the lock of its admin's line, which is held until the transaction ends. Nobody passes
 * those who wait. Failure: `TOO_MANY_IMPORTS`.
 */
export async function takePlace(tx: Tx, adminId: string, caps: ImportCaps): Promise<Result<LinePlace>> {
  await lockLine(tx, adminId);
  const { running, waiting } = await countLine(tx, adminId);
  if (running < caps.running && waiting === 0) return ok('running');
  return waiting < caps.waiting ? ok('waiting') : tooMany(caps, { running, waiting });
}

/**
 * Gives the places that are free to those of an admin that wait longest. The caller starts their workflows; should it
 * die before, the reconcile finds them as it finds any import without one.
 */
export function admitWaiting(db: Database, adminId: string, caps: ImportCaps): Promise<ImportRound[]> {
  return withTransaction(db, async (tx) => {
    await lockLine(tx, adminId);
    const { running, waiting } = await countLine(tx, adminId);
    const free = Math.min(caps.running - running, waiting);
    return free > 0 ? admit(tx, adminId, free) : [];
  });
}

// Who is being cancelled at this moment is waited for, and then is no longer PENDING.
const admit = (tx: Tx, adminId: string, places: number): Promise<ImportRound[]> =>
  rows<ImportRound>(
    tx,
    `update booking_imports i set queued_at = null, updated_at = now()
     from (
       select id from booking_imports
       where admin_id = $1 and status = 'PENDING' and queued_at is not null order by queued_at, id limit $2
     ) first
     where i.id = first.id and i.status = 'PENDING'
     returning i.id as "importId", i.round`,
    [adminId, places],
  );

/** The admins of whom something waits. */
export async function listWaitingAdmins(db: Database): Promise<string[]> {
  const found = await rows<{ admin: string }>(
    db,
    `select distinct admin_id as admin from booking_imports where status = 'PENDING' and queued_at is not null`,
  );
  return found.map(({ admin }) => admin);
}

export async function findAdminOf(db: Database, importId: string): Promise<string | undefined> {
  const [found] = await rows<{ admin: string }>(db, 'select admin_id as admin from booking_imports where id = $1', [
    importId,
  ]);
  return found?.admin;
}

/**
 * A paused import holds no place, so that a forgotten one doesn't block its admin: to go on it takes one again. Gives
 * why it was paused, for a resume that doesn't come through; null: it wasn't. Failure: `TOO_MANY_IMPORTS`.
 */
export function leavePause(
  db: Database,
  { importId, round }: ImportRound,
  caps: ImportCaps,
): Promise<Result<ImportReason | null>> {
  return withTransaction(db, async (tx) => {
    const { admin, reason } = await oneRow<{ admin: string; reason: ImportReason | null }>(
      tx,
      `select admin_id as admin, case when paused_at is not null
         then jsonb_build_object('code', reason_code, 'message', reason_message) end as reason
       from booking_imports where id = $1 for no key update`,
      [importId],
    );
    if (reason === null) return ok(null);
    await lockLine(tx, admin);
    const { running, waiting } = await countLine(tx, admin);
    if (running >= caps.running) return tooMany(caps, { running, waiting });
    await rows(
      tx,
      `update booking_imports set paused_at = null, reason_code = null, reason_message = null, updated_at = now()
       where id = $1 and round = $2 and status = 'PROCESSING'`,
      [importId, round],
    );
    return ok(reason);
  });
}

interface Line {
  running: number;
  waiting: number;
}

const countLine = (tx: Tx, adminId: string): Promise<Line> =>
  oneRow<Line>(
    tx,
    `select (count(*) filter (where queued_at is null and paused_at is null))::int as running,
       (count(*) filter (where status = 'PENDING' and queued_at is not null))::int as waiting
     from booking_imports where admin_id = $1 and status in ('PENDING', 'PROCESSING')`,
    [adminId],
  );

function tooMany(caps: ImportCaps, { running, waiting }: Line) {
  const message = `${running} of your imports are running and ${waiting} are waiting; ${caps.running} may run and ${caps.waiting} wait. Try again when one has ended.`;
  return fail('TOO_MANY_IMPORTS', message, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    detail: { running, waiting, maxRunning: caps.running, maxWaiting: caps.waiting },
  });
}
