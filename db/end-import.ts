import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor, ImportCaps, ImportRound, ImportStatus, WriteCounts } from '../src/domain/import.ts';
import { recordAction } from './admin-trail.ts';
import type { Database, Tx } from './connect.ts';
import { lockFile, shutOutWriters } from './fence.ts';
import { takePlace } from './import-line.ts';
import { oneRow, rows, run, withTransaction } from './query.ts';

export interface ImportState {
  status: ImportStatus;
  round: number;
  epoch: number;
  dry_run: boolean;
  staged_round: number;
  admin_id: string;
}

export async function lockImport(tx: Tx, importId: string): Promise<ImportState | undefined> {
  await shutOutWriters(tx, importId);
  // Not `for update`: a COPY of chunks holds the import's key, by its foreign key, and then waits for who shut it out.
  const [state] = await rows<ImportState>(
    tx,
    `select status, round, epoch, dry_run, staged_round, admin_id
     from booking_imports where id = $1 for no key update`,
    [importId],
  );
  return state;
}

export const notFound = () => fail('IMPORT_NOT_FOUND', 'there is no such import');
export const isRunning = (state: ImportState) => state.status === 'PENDING' || state.status === 'PROCESSING';

/**
 * Ends an import as CANCELLED, for good: when this returns, the chunks in flight have committed or will roll back, and
 * no writer of its epoch can write another row. Works with no worker alive.
 * Failures: `IMPORT_NOT_FOUND`, `IMPORT_ENDED`.
 */
export function cancelImport(db: Database, importId: string, actor: Actor): Promise<Result<{ round: number }>> {
  return withTransaction(db, async (tx) => {
    const state = await lockImport(tx, importId);
    if (!state) return notFound();
    if (!isRunning(state)) {
      return fail('IMPORT_ENDED', `the import ended already: it is ${state.status}`, {
        detail: { status: state.status },
      });
    }
    await run(tx, 'update booking_imports set epoch = epoch + 1 where id = $1', [importId]);
    await closeImport(tx, importId, {
      status: 'CANCELLED',
      code: 'CANCELLED',
      message: `cancelled by ${actor.subject}`,
    });
    const [before, after] = [{ status: state.status }, { status: 'CANCELLED' }];
    await recordAction(tx, actor, { action: 'IMPORT_CANCELLED', kind: 'import', id: importId, before, after });
    return ok({ round: state.round });
  });
}

/** The same for a round whose workflow was cancelled at Temporal's side; nothing when it is over already. */
export async function abandonRound(db: Database, { importId, round }: ImportRound): Promise<void> {
  await withTransaction(db, async (tx) => {
    const state = await lockImport(tx, importId);
    if (state?.round !== round || !isRunning(state)) return;
    await run(tx, 'update booking_imports set epoch = epoch + 1 where id = $1', [importId]);
    await closeImport(tx, importId, { status: 'CANCELLED', code: 'CANCELLED', message: 'its workflow was cancelled' });
  });
}

/** Ends a round that ran through, or failed; nothing when it was cancelled or taken over meanwhile. */
export async function endRound(db: Database, { importId, round }: ImportRound, end: ImportEnd): Promise<void> {
  await withTransaction(db, async (tx) => {
    const state = await lockImport(tx, importId);
    if (state?.round === round && isRunning(state)) await closeImport(tx, importId, end);
  });
}

export interface ImportEnd {
  status: ImportStatus;
  code?: string;
  message?: string;
}

async function closeImport(tx: Tx, importId: string, end: ImportEnd): Promise<void> {
  await oneRow(tx, 'select close_import($1, $2, $3, $4)', [
    importId,
    end.status,
    end.code ?? null,
    end.message ?? null,
  ]);
  await oneRow(tx, 'select tell_assigned($1)', [importId]);
}

/**
 * Opens a new round for what is not yet written: rows not attempted, and failed ones. The caller starts its workflow,
 * unless it waits in line. Failures: `IMPORT_NOT_FOUND`, `IMPORT_RUNNING`, `NOTHING_TO_RETRY`, `IMPORT_EXPIRED`,
 * `TOO_MANY_IMPORTS`.
 */
export function beginRetry(
  db: Database,
  importId: string,
  { actor, caps }: { actor: Actor; caps: ImportCaps },
): Promise<Result<{ round: number }>> {
  return withTransaction(db, async (tx) => {
    const state = await lockImport(tx, importId);
    if (!state) return notFound();
    if (isRunning(state)) {
      return fail('IMPORT_RUNNING', 'the import is still running; wait until it ends, or cancel it first');
    }
    const refusal = await whyNotRetry(tx, importId, state);
    if (refusal) return refusal;
    const place = await takePlace(tx, state.admin_id, caps);
    if (!place.ok) return place;
    const { round } = await oneRow<{ round: number }>(
      tx,
      `update booking_imports set round = round + 1, epoch = epoch + 1, status = 'PENDING', started_at = null, completed_at = null,
         reason_code = null, reason_message = null, error_summary = null, updated_at = now(),
         ip_address = $2, user_agent = $3, queued_at = case when $4 then clock_timestamp() end
       where id = $1 returning round`,
      [importId, actor.ip, actor.userAgent, place.value === 'waiting'],
    );
    const [before, after] = [
      { status: state.status, round: state.round },
      { status: 'PENDING', round },
    ];
    await recordAction(tx, actor, { action: 'IMPORT_RETRIED', kind: 'import', id: importId, before, after });
    return ok({ round });
  });
}

async function whyNotRetry(tx: Tx, importId: string, state: ImportState) {
  if (state.dry_run)
    return fail('NOTHING_TO_RETRY', 'a check writes nothing, so there is nothing to retry; upload the file');
  const left = await oneRow<{ rows: boolean; kept: boolean; erased: boolean; undone: boolean; sha256: string }>(
    tx,
    `select i.sha256, i.staged_round = 0 or i.failed_rows > 0 or i.processed_rows < i.total_rows as rows,
       i.undone_at is not null as undone,
       exists (select from booking_import_files f where f.import_id = i.id)
         -- Its staged rows are enough, if there are any.
         or i.erased_at is not null and exists (
           select from booking_import_chunks c where c.import_id = i.id and c.round = i.staged_round) as kept,
       i.erased_at is not null as erased
     from booking_imports i where i.id = $1`,
    [importId],
  );
  if (left.undone) return fail('NOTHING_TO_RETRY', 'the import was undone; upload the file again');
  if (!left.rows) return fail('NOTHING_TO_RETRY', 'every row of this import is written already');
  if (!left.kept && left.erased)
    return fail(
      'IMPORT_EXPIRED',
      'the file was deleted at the request of a customer whom it may hold; upload it again',
    );
  if (!left.kept) return fail('IMPORT_EXPIRED', 'the file was deleted after its retention time; upload it again');
  return findTwin(tx, importId, left.sha256);
}

/** The same bytes and settings run once at a time, and meanwhile they may have been uploaded anew. */
async function findTwin(tx: Tx, importId: string, sha256: string) {
  await lockFile(tx, sha256);
  const [twin] = await rows<{ id: string }>(
    tx,
    `select t.id from booking_imports i
       join booking_imports t on (t.sha256, t.fingerprint, t.dry_run) = (i.sha256, i.fingerprint, i.dry_run)
     where i.id = $1 and t.id <> i.id and t.status in ('PENDING', 'PROCESSING')`,
    [importId],
  );
  if (!twin) return undefined;
  const message = `the same file is being imported anew, as ${twin.id}; wait until that ends`;
  return fail('IMPORT_RUNNING', message, { detail: { importId: twin.id } });
}

/** What a round has come to so far, from its ledger. */
export const getRoundTotals = (db: Database, { importId, round }: ImportRound): Promise<WriteCounts> =>
  oneRow<WriteCounts>(
    db,
    `select coalesce(sum(created), 0)::int as created, coalesce(sum(updated), 0)::int as updated,
       coalesce(sum(skipped), 0)::int as skipped, coalesce(sum(greatest(failed, 0)), 0)::int as failed,
       coalesce(sum(warned), 0)::int as warned, 0 as refused
     from booking_import_ledger where import_id = $1 and round = $2`,
    [importId, round],
  );
