import assert from 'node:assert/strict';
import { applyCommand } from '../../db/apply-command.ts';
import { createCommand } from '../../db/booking-commands.ts';
import { listImportRows } from '../../db/import-rows.ts';
import { findImport } from '../../db/imports.ts';
import { rows, run, withTransaction } from '../../db/query.ts';
import { undoImport } from '../../db/undo-import.ts';
import type { Result } from '../../src/domain/failures.ts';
import { csvFile } from '../support/csv-file.ts';
import { runImport } from '../support/run-import.ts';
import { ADMIN, openStore, type Store, storeUpload } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

describe('undoing an import', () => {
  let store: Store;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  const undo = (importId: string, key: string | null = null) => undoImport(store.db, importId, ADMIN, key);
  const undoOf = async (importId: string) => (await findImport(store.db, importId))?.undo;
  const codeOf = (result: Result<unknown>) => (result.ok ? 'OK' : result.failure.code);
  const idOf = async (externalId: string) =>
    (await store.rows<{ id: string }>('select id from bookings where external_id = $1', [externalId]))[0]?.id ?? '';
  const bookingsOf = async (importId: string) =>
    (
      await store.rows<{ name: string }>(
        'select external_id as name from bookings where import_id = $1 order by import_row',
        [importId],
      )
    ).map(({ name }) => name);
  async function note(bookingId: string): Promise<string> {
    const stored = await createCommand(store.db, {
      ...{ bookingId, wish: { kind: 'addNote', note: 'called' }, actor: ADMIN, role: 'admin', key: null },
      ...{ reason: null, expectedVersion: null, occurredAt: null, respondAsync: false },
    });
    assert.ok(stored.ok);
    return stored.value.id;
  }

  it('removes what it created, tells it in the trail, and keeps the fate of each row', async () => {
    const { id } = await runImport(
      store,
      csvFile(4, (row, n) => (n === 3 ? row.with(1, 'X') : row), 'ALL'),
    );
    const gone = await idOf('ALL-000001');
    assert.equal(codeOf(await undo(id)), 'OK');
    assert.deepEqual(await bookingsOf(id), []);
    const told = await undoOf(id);
    assert.deepEqual([told?.removed, told?.kept, told?.keptBookings, told?.undoneBy], [3, 0, [], 'alice']);
    assert.ok(Math.abs(Date.parse(told?.undoneAt ?? '') - Date.now()) < 60_000);
    const [entry] = await store.rows(
      `select changed_by, action, old_value ->> 'external_id' as was, change_reason from booking_audit_logs
       where booking_id = $1 and action = 'REMOVED'`,
      [gone],
    );
    const expected = {
      changed_by: 'alice',
      action: 'REMOVED',
      was: 'ALL-000001',
      change_reason: `undo of import ${id}`,
    };
    assert.deepEqual(entry, expected);
    const { items } = await listImportRows(store.db, id, { limit: 10 });
    assert.deepEqual(
      items.map(({ outcome, externalId }) => [outcome, externalId]),
      [
        ['created', 'ALL-000001'],
        ['created', 'ALL-000002'],
        ['failed', null],
        ['created', 'ALL-000004'],
      ],
    );
    assert.deepEqual((await findImport(store.db, id))?.rows.created, 3);
  });

  it('keeps what a person has changed, and says why; not what the clock or a refused wish did', async () => {
    const { id } = await runImport(store, csvFile(6, undefined, 'KEEP'));
    const [changed, lapsed, refused, unexplained, waiting] = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => idOf(`KEEP-00000${n}`)),
    );
    await applyCommand(store.db, changed ?? '', await note(changed ?? ''));
    await store.run('update bookings set version = 2 where id = any ($1)', [[lapsed, unexplained]]);
    await store.run(
      `insert into booking_audit_logs (booking_id, changed_by, action) values ($1, 'system', 'STATUS_CHANGED'), ($2, 'bob', 'REFUSED')`,
      [lapsed, refused],
    );
    const open = await note(waiting ?? '');
    assert.equal(codeOf(await undo(id)), 'OK');
    assert.deepEqual(await bookingsOf(id), ['KEEP-000001', 'KEEP-000004', 'KEEP-000005']);
    const told = await undoOf(id);
    assert.deepEqual([told?.removed, told?.kept], [3, 3]);
    assert.deepEqual(
      told?.keptBookings.map(({ externalId, row, code, message }) => [externalId, row, code, message]),
      [
        ['KEEP-000001', 1, 'CHANGED', 'it was changed by alice after the import'],
        ['KEEP-000004', 4, 'CHANGED', 'it was changed after the import'],
        ['KEEP-000005', 5, 'BEING_CHANGED', 'somebody was about to change it'],
      ],
    );
    const applied = await applyCommand(store.db, waiting ?? '', open);
    assert.ok(applied?.result.ok);
  });

  it('waits for an edit that has begun, and keeps its booking', async () => {
    const { id } = await runImport(store, csvFile(3, undefined, 'EDIT'));
    const edited = await idOf('EDIT-000002');
    let undone: Promise<Result<unknown>> | undefined;
    await withTransaction(store.db, async (tx) => {
      await run(tx, 'update bookings set customer_name = $2, version = version + 1 where id = $1', [edited, 'Edited']);
      undone = undo(id);
      await waitFor(async () => {
        const waiting = await rows(
          store.db,
          `select 1 as n from pg_stat_activity where wait_event_type = 'Lock'
          and query like '%for update%' and datname = current_database()`,
        );
        return waiting.length > 0;
      });
    });
    assert.equal(codeOf((await undone) as Result<unknown>), 'OK');
    const kept = await store.rows(
      'select external_id as name, customer_name as who from bookings where import_id = $1',
      [id],
    );
    assert.deepEqual(kept, [{ name: 'EDIT-000002', who: 'Edited' }]);
  });

  it('loses no edit among many at once: each booking is kept with it, or its edit was refused', async () => {
    const { id } = await runImport(store, csvFile(200, undefined, 'RACE'));
    const ids = (await store.rows<{ id: string }>('select id from bookings where import_id = $1', [id])).map(
      (b) => b.id,
    );
    const edit = async (bookingId: string) => {
      const applied = await applyCommand(store.db, bookingId, await note(bookingId));
      return { bookingId, done: applied?.result.ok === true };
    };
    const [undone, ...edits] = await Promise.all([undo(id), ...ids.slice(0, 60).map(edit)]);
    assert.equal(codeOf(undone), 'OK');
    const left = await store.rows<{ id: string; version: number }>(
      'select id, version from bookings where import_id = $1',
      [id],
    );
    assert.deepEqual(
      left.map((b) => b.id).sort(),
      edits
        .filter((e) => e.done)
        .map((e) => e.bookingId)
        .sort(),
    );
    assert.ok(left.every(({ version }) => version === 2));
    assert.equal((await undoOf(id))?.kept, left.length);
  });

  it('is done once, and repeats its answer to the same Idempotency-Key alone', async () => {
    const { id } = await runImport(store, csvFile(3, undefined, 'TWICE'));
    const both = await Promise.all([undo(id, 'k1'), undo(id, 'k2')]);
    assert.deepEqual(both.map(codeOf).sort(), ['ALREADY_UNDONE', 'OK']);
    const used = both[0]?.ok ? 'k1' : 'k2';
    const again = await undo(id, used);
    assert.deepEqual(again, { ok: true, value: { round: 1, fresh: false } });
    assert.equal(codeOf(await undo(id)), 'ALREADY_UNDONE');
    const trail = await store.rows(
      `select id from booking_audit_logs where action = 'REMOVED' and change_reason = $1`,
      [`undo of import ${id}`],
    );
    assert.equal(trail.length, 3);
  });

  it('is refused while the import runs, for a check, after seven days, and for none', async () => {
    const running = await storeUpload(store.db, csvFile(2, undefined, 'RUNS'));
    const check = await runImport(store, csvFile(2, undefined, 'CHECK'), { dryRun: true });
    const old = await runImport(store, csvFile(2, undefined, 'OLD'));
    await store.run(`update booking_imports set completed_at = now() - interval '169 hours' where id = $1`, [old.id]);
    const answers = await Promise.all([running, check.id, old.id, 'nowhere'].map((id) => undo(id)));
    const codes = ['IMPORT_RUNNING', 'NOTHING_TO_UNDO', 'UNDO_EXPIRED', 'IMPORT_NOT_FOUND'];
    assert.deepEqual(answers.map(codeOf), codes);
    assert.equal((await bookingsOf(old.id)).length, 2);
  });

  it('lets the same file be uploaded again, which brings the bookings in once more', async () => {
    const file = csvFile(3, undefined, 'AGAIN');
    const first = await runImport(store, file);
    await assert.rejects(storeUpload(store.db, file), /imported already/);
    await undo(first.id);
    const second = await runImport(store, file);
    assert.deepEqual([second.rows.created, second.rows.skipped], [3, 0]);
    assert.deepEqual(second.lifecycles, { due: 3, started: 0 });
  });

  it('takes 20,000 bookings in a few seconds', async () => {
    const { id } = await runImport(store, csvFile(20_000, undefined, 'MANY'));
    const begun = Date.now();
    assert.equal(codeOf(await undo(id)), 'OK');
    const ms = Date.now() - begun;
    assert.ok(ms < 10_000, `${ms} ms`);
    assert.equal((await undoOf(id))?.removed, 20_000);
  }).timeout(60_000);
});
