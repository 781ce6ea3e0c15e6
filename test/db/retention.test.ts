import assert from 'node:assert/strict';
import { beginRetry, cancelImport } from '../../db/end-import.ts';
import { findImport } from '../../db/imports.ts';
import { beginRetention, deleteBatch, endRetention } from '../../db/retention.ts';
import type { RetentionKind } from '../../src/domain/retention.ts';
import { addBooking } from '../support/bookings.ts';
import { csvFile } from '../support/csv-file.ts';
import { runImport } from '../support/run-import.ts';
import { ADMIN, CAPS, openStore, type Store, storeUpload } from '../support/store.ts';

const TABLES = ['booking_import_files', 'booking_import_chunks', 'booking_import_errors', 'booking_import_rows'];

describe('retention', function () {
  this.timeout(60_000);
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  const clean = async (kind: RetentionKind, { days = 30, runId = 'run' } = {}) => {
    const given = { runId, days };
    await beginRetention(store.db, kind, given);
    while (await deleteBatch(store.db, kind, given));
    return endRetention(store.db, kind, runId);
  };
  const count = async (table: string, where = 'true') =>
    (await store.rows<{ n: number }>(`select count(*)::int as n from ${table} where ${where}`))[0]?.n ?? 0;
  const rowsOf = (id: string) => Promise.all(TABLES.map((table) => count(table, `import_id = '${id}'`)));
  const endedDaysAgo = (id: string, days: number) =>
    store.run(`update booking_imports set completed_at = now() - make_interval(days => $2) where id = $1`, [id, days]);
  /** An import with rows in every table. */
  const imported = async (prefix: string) => {
    await runImport(store, csvFile(1, undefined, `${prefix}-0`));
    const again = csvFile(
      50,
      (row, n) => (n === 3 ? row.with(1, 'X') : n === 4 ? row.with(0, `${prefix}-0-000001`) : row),
      prefix,
    );
    const { id } = await runImport(store, again, { chunkRows: 10 });
    assert.ok((await rowsOf(id)).every((n) => n > 0));
    await store.run('update lifecycle_walks set finished_at = now()');
    return id;
  };

  describe('of an import', () => {
    it('deletes its file, its staged rows, its errors and fates after their days, and keeps its counts and its hash', async () => {
      const [old, young] = [await imported('OLD'), await imported('YOUNG')];
      await endedDaysAgo(old, 31);
      await endedDaysAgo(young, 29);
      const [before, kept] = [await findImport(store.db, old), await rowsOf(young)];
      assert.equal(await clean('imports'), 1);
      assert.deepEqual([await rowsOf(old), await rowsOf(young)], [[0, 0, 0, 0], kept]);
      const after = await findImport(store.db, old);
      assert.ok(after?.rowsExpiredAt);
      assert.deepEqual({ ...after, rowsExpiredAt: null }, before);
      assert.equal(await count('bookings', `import_id = '${old}'`), 48);
    });

    it('notes what it deleted: rows and bytes, and up to when', async () => {
      const id = await imported('NOTED');
      await endedDaysAgo(id, 31);
      const { fileSize } = (await findImport(store.db, id)) ?? {};
      await clean('imports');
      const [noted] = await store.rows(
        `select kind, items::int, rows::int, bytes::int, up_to < now() - interval '30 days' as old,
           finished_at is not null as ended from retention_runs`,
      );
      assert.deepEqual(noted, { kind: 'imports', items: 1, rows: 52, bytes: fileSize, old: true, ended: true });
    });

    it('leaves alone what is pending, runs, is paused, or was begun anew, however old', async () => {
      const states = ["status = 'PENDING'", "status = 'PROCESSING'", "status = 'PROCESSING', paused_at = now()"];
      const ids: string[] = [];
      for (const [n, state] of states.entries()) {
        const id = await storeUpload(store.db, csvFile(3, undefined, `S${n}`));
        await store.run(`update booking_imports set ${state}, completed_at = now() - interval '1 year' where id = $1`, [
          id,
        ]);
        ids.push(id);
      }
      const retried = await imported('RETRIED');
      await endedDaysAgo(retried, 400);
      await beginRetry(store.db, retried, { actor: ADMIN, caps: CAPS });
      assert.equal(await clean('imports'), 0);
      assert.equal(await count('booking_import_files'), ids.length + 2);
    });

    it('waits while its lifecycles are being started or ended', async () => {
      const id = await imported('WALKED');
      await endedDaysAgo(id, 31);
      await store.run(
        `insert into lifecycle_walks (import_id, kind, round, since, until, due)
        select id, 'end', 7, now(), now(), 1 from booking_imports where id = $1`,
        [id],
      );
      assert.equal(await clean('imports'), 0);
      await store.run('update lifecycle_walks set finished_at = now()');
      assert.equal(await clean('imports'), 1);
    });

    it('lets a retry that comes later know, and a retry that came first keep its rows', async () => {
      const id = await storeUpload(store.db, csvFile(30, undefined, 'CANCELLED'));
      await cancelImport(store.db, id, ADMIN);
      await endedDaysAgo(id, 31);
      const [retry] = await Promise.all([beginRetry(store.db, id, { actor: ADMIN, caps: CAPS }), clean('imports')]);
      const [files] = await rowsOf(id);
      assert.equal(files, retry.ok ? 1 : 0);
      if (!retry.ok) assert.equal(retry.failure.code, 'IMPORT_EXPIRED');
      await cancelImport(store.db, id, ADMIN);
      await endedDaysAgo(id, 31);
      await clean('imports', { runId: 'second' });
      const late = await beginRetry(store.db, id, { actor: ADMIN, caps: CAPS });
      assert.equal(!late.ok && late.failure.code, 'IMPORT_EXPIRED');
    });
  });

  describe('of commands', () => {
    const given = (id: string, n: number, answered: number | null) =>
      store.run(
        `insert into booking_commands (booking_id, subject, role, key, fingerprint, kind, payload, created_at, result, applied_at)
         select $1, 'alice', 'admin', $2 || '-' || g, '', 'addNote', '{}', now() - interval '400 days',
           case when $3::int is not null then '{}'::jsonb end, now() - make_interval(days => $3::int)
         from generate_series(1, $4) g`,
        [id, `${answered}`, answered, n],
      );

    it('deletes those that were answered long ago, and none that wait', async () => {
      const id = await addBooking(store);
      await given(id, 4, 91);
      await given(id, 2, 89);
      await given(id, 3, null);
      assert.equal(await clean('commands', { days: 90 }), 4);
      assert.deepEqual([await count('booking_commands', 'result is null'), await count('booking_commands')], [3, 5]);
    });

    it('goes on where it was killed, and its note tells of both', async () => {
      const id = await addBooking(store);
      await given(id, 12_000, 100);
      await beginRetention(store.db, 'commands', { runId: 'run', days: 90 });
      assert.equal(await deleteBatch(store.db, 'commands', { runId: 'run', days: 90 }), true);
      const [half] = await store.rows('select items::int, finished_at from retention_runs');
      assert.deepEqual(half, { items: 5_000, finished_at: null });
      assert.equal(await clean('commands', { days: 90 }), 12_000);
    });

    it('shares the work when two run at once: each is deleted, and noted, once', async () => {
      const id = await addBooking(store);
      await given(id, 12_000, 100);
      const runs = ['one', 'two', 'three'].map((runId) => clean('commands', { days: 90, runId }));
      const deleted = (await Promise.all(runs)).reduce((sum, n) => sum + n, 0);
      assert.deepEqual([deleted, await count('booking_commands')], [12_000, 0]);
    });
  });

  it('of notifications deletes those that were delivered or dropped long ago, and none that wait', async () => {
    const id = await addBooking(store);
    const columns = { delivered_at: 4, dropped_at: 2, created_at: 3 };
    for (const [column, n] of Object.entries(columns))
      for (const days of [91, 89])
        await store.run(
          `insert into notifications (booking_id, event, kind, ${column})
           select $1, $2 || g, 'REMINDER', now() - make_interval(days => $3) from generate_series(1, $4) g`,
          [id, `${column}-${days}-`, days, n],
        );
    assert.equal(await clean('notifications', { days: 90 }), 6);
    assert.deepEqual([await count('notifications', 'delivered_at is not null'), await count('notifications')], [4, 12]);
  });

  it('of the access log deletes what is old, by the one function that may', async () => {
    await store.run(
      `insert into access_log (id, at, method, route, status, request_id)
       select 'a' || d, now() - make_interval(days => d), 'GET', '/', 200, 'r' from generate_series(85, 94) d`,
    );
    assert.equal(await clean('accessLog', { days: 90 }), 5);
    assert.equal(await count('access_log'), 5);
  });

  it('of imports at the same time expires each once', async () => {
    const ids = [await imported('A'), await imported('B'), await imported('C')];
    await store.run(`update booking_imports set completed_at = now() - interval '31 days'`);
    const runs = await Promise.all(['one', 'two'].map((runId) => clean('imports', { runId })));
    assert.equal(
      runs.reduce((sum, n) => sum + n, 0),
      ids.length * 2,
    );
    const [noted] = await store.rows('select sum(items)::int as items, sum(rows)::int as rows from retention_runs');
    assert.deepEqual(noted, { items: 6, rows: 3 * 53 });
    for (const id of ids) assert.deepEqual(await rowsOf(id), [0, 0, 0, 0]);
  });
});
