import assert from 'node:assert/strict';
import { beginRetry, cancelImport } from '../../db/end-import.ts';
import { listImportRows } from '../../db/import-rows.ts';
import { csvFile, HEADER } from '../support/csv-file.ts';
import { runImport, runRound } from '../support/run-import.ts';
import { ADMIN, CAPS, openStore, type Store, storeUpload } from '../support/store.ts';

const GOOD = '+919812345678,,DLR001,2027-03-04T10:00:00Z,';

describe('an import of what real life brings', function () {
  this.timeout(60_000);
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  const names = async () =>
    (await store.rows<{ customer_name: string }>('select customer_name from bookings order by import_row')).map(
      (b) => b.customer_name,
    );
  const counts = ({ rows: { created, updated, skipped, failed } }: Awaited<ReturnType<typeof runImport>>) => ({
    created,
    updated,
    skipped,
    failed,
  });

  it('fails the row with a NUL byte and writes its 499 neighbours', async () => {
    const file = csvFile(500, (row, n) => (n === 250 ? row.with(1, 'A\u0000B') : row));
    const view = await runImport(store, file);
    assert.deepEqual(counts(view), { created: 499, updated: 0, skipped: 0, failed: 1 });
    assert.deepEqual(view.errorSummary.byType, { ENCODING: 1 });
  });

  it('fails the rows whose bytes are no UTF-8 in a file that is, and stores no U+FFFD', async () => {
    const text = Buffer.from(csvFile(300, (row, n) => row.with(1, n === 7 ? 'Jos@' : 'Zoë')));
    text[text.indexOf('Jos@') + 3] = 0xe9;
    const view = await runImport(store, text);
    assert.deepEqual(counts(view), { created: 299, updated: 0, skipped: 0, failed: 1 });
    assert.deepEqual(await store.rows(`select from bookings where customer_name like '%\uFFFD%'`), []);
  });

  it('fails the row with a cell of 10 MB and writes its neighbours', async () => {
    const view = await runImport(
      store,
      csvFile(20, (row, n) => (n === 10 ? row.with(6, 'x'.repeat(9_000_000)).with(1, 'y'.repeat(1_000_000)) : row)),
    );
    assert.deepEqual(counts(view), { created: 19, updated: 0, skipped: 0, failed: 1 });
  });

  it('stores formulas, markup and tabs as they are', async () => {
    const cells = ['"=HYPERLINK(""http://x"")"', '@SUM(A1)', '\tTabbed', '<script>alert(1)</script>'];
    await runImport(store, `${HEADER}\n${cells.map((cell, n) => `F-${n},${cell},${GOOD}`).join('\n')}\n`);
    assert.deepEqual(await names(), ['=HYPERLINK("http://x")', '@SUM(A1)', '\tTabbed', '<script>alert(1)</script>']);
  });

  it('makes one booking of an external_id that stands in one chunk twice and in another again', async () => {
    const file = csvFile(30, (row, n) => ([5, 6, 25].includes(n) ? row.with(0, 'SAME').with(1, `Row ${n}`) : row));
    const view = await runImport(store, file, { chunkRows: 10 });
    assert.deepEqual(counts(view), { created: 28, updated: 0, skipped: 2, failed: 0 });
    assert.deepEqual(await store.rows(`select customer_name from bookings where external_id = 'SAME'`), [
      { customer_name: 'Row 5' },
    ]);
  });

  it('lets the next row of an external_id in when its first one is bad', async () => {
    const file = csvFile(30, (row, n) =>
      n === 5 ? row.with(0, 'SAME').with(5, '31-02-2027') : n === 25 ? row.with(0, 'SAME') : row,
    );
    const view = await runImport(store, file, { chunkRows: 10 });
    assert.deepEqual(counts(view), { created: 29, updated: 0, skipped: 0, failed: 1 });
  });

  it('completes with the full report when every row is bad, and writes nothing', async () => {
    const view = await runImport(
      store,
      csvFile(1_200, (row) => row.with(4, 'NOPE').with(2, '12345')),
    );
    assert.equal(view.status, 'COMPLETED');
    assert.deepEqual(counts(view), { created: 0, updated: 0, skipped: 0, failed: 1_200 });
    assert.deepEqual(view.errorSummary.byType, { UNKNOWN_DEALER: 1_200, PHONE: 1_200 });
    const [{ n } = { n: 0 }] = await store.rows<{ n: number }>('select count(*)::int as n from booking_import_errors');
    assert.equal(n, 1_200);
  });

  it('refuses a file with an unclosed quote before a row is written, and names the line', async () => {
    const view = await runImport(
      store,
      csvFile(5_000, (row, n) => (n === 10 ? row.with(6, '"never closed') : row)),
    );
    assert.deepEqual([view.status, view.reason?.code], ['FAILED', 'UNCLOSED_QUOTE']);
    assert.match(view.reason?.message ?? '', /\b11\b/);
    assert.deepEqual(await names(), []);
  });

  it('refuses a file without a required column before anything is written', async () => {
    const view = await runImport(store, 'external_id,customer_name,booking_date\nA,Asha Rao,2027-03-04\n');
    assert.deepEqual([view.status, view.reason?.code], ['FAILED', 'MISSING_COLUMNS']);
    assert.match(view.reason?.message ?? '', /dealer_code/);
  });

  it('writes all or nothing: one bad row, and nothing is written but its fault', async () => {
    const settings = { mode: 'all_or_nothing' } as const;
    const bad = await runImport(
      store,
      csvFile(1_100, (row, n) => (n === 900 ? row.with(1, 'X') : row)),
      { settings },
    );
    assert.deepEqual([bad.status, bad.reason?.code], ['FAILED', 'ROWS_FAILED']);
    assert.deepEqual(bad.rows, { created: 0, updated: 0, skipped: 0, failed: 1, notAttempted: 1_099, warned: 0 });
    assert.deepEqual(await names(), []);
    const good = await runImport(store, csvFile(1_100), { settings });
    assert.deepEqual(good.rows, { created: 1_100, updated: 0, skipped: 0, failed: 0, notAttempted: 0, warned: 0 });
  });

  it('writes nothing of all or nothing when a row fails only as it is written', async () => {
    await runImport(
      store,
      csvFile(1, (row) => row.with(0, 'TAKEN')),
    );
    const settings = { mode: 'all_or_nothing', onDuplicate: 'error' } as const;
    const view = await runImport(
      store,
      csvFile(1_100, (row, n) => (n === 700 ? row.with(0, 'TAKEN') : row)),
      { settings },
    );
    assert.deepEqual(view.rows, { created: 0, updated: 0, skipped: 0, failed: 1, notAttempted: 1_099, warned: 0 });
    assert.deepEqual(view.errorSummary.byType, { DUPLICATE: 1 });
    assert.equal((await names()).length, 1);
  });

  it('warns of rows without an external_id that say the same of the same customer, in the file and in the table', async () => {
    const file = csvFile(3, (row, n) =>
      row
        .with(0, '')
        .with(1, n === 3 ? 'Someone Else' : 'Asha Rao')
        .with(2, n === 3 ? '+919800000003' : '+919812345678'),
    );
    const first = await runImport(store, file);
    assert.deepEqual([first.rows.created, first.warningSummary.byType], [3, { POSSIBLE_DUPLICATE: 1 }]);
    const again = await runImport(store, file.replace('Someone Else', 'Somebody Else'));
    assert.deepEqual([again.rows.created, again.warningSummary.byType], [3, { POSSIBLE_DUPLICATE: 3 }]);
  });

  it('tells the fate of each row, page by page', async () => {
    await runImport(
      store,
      csvFile(1, (row) => row.with(0, 'TAKEN')),
    );
    const { id } = await runImport(
      store,
      csvFile(7, (row, n) => (n === 2 ? row.with(1, 'X') : n === 5 ? row.with(0, 'TAKEN') : row)),
      { chunkRows: 3 },
    );
    const first = await listImportRows(store.db, id, { limit: 4 });
    const second = await listImportRows(store.db, id, { limit: 4, cursor: first.nextCursor });
    const fates = [...first.items, ...second.items].map(({ row, outcome }) => `${row} ${outcome}`);
    assert.deepEqual(fates, ['1 created', '2 failed', '3 created', '4 created', '5 skipped', '6 created', '7 created']);
    assert.equal(second.nextCursor, null);
    const failed = await listImportRows(store.db, id, { limit: 4, outcome: 'failed' });
    assert.deepEqual(
      failed.items.map(({ row, errors }) => [row, errors[0]?.type]),
      [[2, 'LENGTH']],
    );
  });

  it('retries what a cancel left and what failed, and its sums stay true', async () => {
    const importId = await storeUpload(
      store.db,
      csvFile(100, (row, n) => (n % 10 === 0 ? row.with(4, 'LATER') : row)),
      { chunkRows: 20 },
    );
    await cancelImport(store.db, importId, ADMIN);
    assert.equal((await beginRetry(store.db, importId, { actor: ADMIN, caps: CAPS })).ok, true);
    const second = await runRound(store, { importId, round: 2 });
    assert.deepEqual(counts(second), { created: 90, updated: 0, skipped: 0, failed: 10 });
    await store.run(`insert into dealers (dealer_code, dealer_name) values ('LATER', 'Later')`);
    await beginRetry(store.db, importId, { actor: ADMIN, caps: CAPS });
    const third = await runRound(store, { importId, round: 3 });
    assert.deepEqual(counts(third), { created: 100, updated: 0, skipped: 0, failed: 0 });
    assert.deepEqual(third.errorSummary, { byType: {}, byField: {} });
    assert.equal((await beginRetry(store.db, importId, { actor: ADMIN, caps: CAPS })).ok, false);
  });

  it('writes nothing in a check, and tells what an import would come to', async () => {
    const file = csvFile(50, (row, n) => (n % 10 === 0 ? row.with(1, 'X') : n === 49 ? row.with(0, 'T-000001') : row));
    const check = await runImport(store, file, { dryRun: true, chunkRows: 10 });
    assert.deepEqual(await names(), []);
    const real = await runImport(store, file, { chunkRows: 10 });
    assert.deepEqual(check.rows, real.rows);
    assert.deepEqual(check.errorSummary, real.errorSummary);
    assert.equal(real.rows.skipped, 1);
  });
});
