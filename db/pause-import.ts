import type { ImportReason, ImportRound } from '../src/domain/import.ts';
import type { Database } from './connect.ts';
import { run } from './query.ts';

/** Notes that a run waits, and why, so that it can be read with no worker alive; also before it has begun to read. */
export const markPaused = (db: Database, { importId, round }: ImportRound, reason: ImportReason): Promise<void> =>
  run(
    db,
    `update booking_imports set status = 'PROCESSING', started_at = coalesce(started_at, now()), queued_at = null,
       paused_at = coalesce(paused_at, now()), reason_code = $3, reason_message = $4, updated_at = now()
     where id = $1 and round = $2 and status in ('PENDING', 'PROCESSING')`,
    [importId, round, reason.code, reason.message],
  );

export const markResumed = (db: Database, { importId, round }: ImportRound): Promise<void> =>
  run(
    db,
    `update booking_imports set paused_at = null, reason_code = null, reason_message = null, updated_at = now()
     where id = $1 and round = $2 and status = 'PROCESSING'`,
    [importId, round],
  );
