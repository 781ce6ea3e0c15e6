import assert from 'node:assert/strict';
import { cancelImport } from '../../db/end-import.ts';
import { FENCED } from '../../db/fence.ts';
import { newId } from '../../db/ids.ts';
import { findImport } from '../../db/imports.ts';
import { rows, withTransaction } from '../../db/query.ts';
import { beginRound, type StagedRecord, stageChunks } from '../../db/staging.ts';
import { postgresError } from '../../db/statement-error.ts';
import { storeVerdict, toText } from '../../db/verdicts.ts';
import { writeChunk } from '../../db/write-chunk.ts';
import type { BookingDraft } from '../../src/domain/booking.ts';
import type { ImportRun, ImportSettings } from '../../src/domain/import.ts';
import { ADMIN, openStore, type Store, storeUpload } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let uploads = 0;

/** An import whose chunks hold these drafts, staged and validated. */
async function prepare(
  store: Store,
  chunks: Partial<BookingDraft>[][],
  options: { settings?: Partial<ImportSettings>; dryRun?: boolean; tail?: number } = {},
): Promise<ImportRun> {
  uploads += 1;
  const importId = await storeUpload(store.db, `file ${uploads}`, options);
  const source = await beginRound(store.db, importId, 1);
  const run = { importId, round: 1, epoch: source?.epoch ?? 0 };
  let row = 0;
  const drafts = chunks.map((chunk) => chunk.map((draft) => ({ ...GOOD, row: ++row, ...draft })));
  async function* staged() {
    for (const [chunk, inChunk] of drafts.entries()) {
      const records = inChunk.map(
        (draft): StagedRecord => [draft.row, draft.row + 1, [draft.customer_name], null, null],
      );
      yield { chunk, tail: chunk >= (options.tail ?? Number.POSITIVE_INFINITY), records };
    }
  }
  const facts = {
    type: 'csv',
    encoding: 'utf-8',
    delimiter: ',',
    sheet: null,
    sheets: [],
    header: ['name'],
    columns: [],
  } as const;
  await stageChunks(store.db, run, {
    chunks: staged(),
    report: () => ({ totalRows: row, facts: { ...facts, sheets: [], header: ['name'], columns: [] } }),
  });
  for (const [chunk, inChunk] of drafts.entries()) {
    const valid = inChunk.map((draft) => ({ id: newId(), draft, warnings: [] }));
    await storeVerdict(store.db, run, chunk, toText({ valid, errors: [] }));
  }
  return run;
}

const GOOD: Omit<BookingDraft, 'row'> = {
  external_id: null,
  dealer_id: 'd1',
  car_variant_id: null,
  customer_name: 'Asha Rao',
  customer_phone: '+919812345678',
  customer_email: null,
  advisor_id: null,
  booking_date: '2027-03-04T10:00:00Z',
  status: 'PENDING',
  metadata: null,
};

const sqlState = (code: string) => (error: unknown) => postgresError(error)?.code === code;

describe('writing a chunk', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  const counts = async (run: ImportRun, chunk = 0) => {
    const { created, updated, skipped, failed } = await writeChunk(store.db, run, chunk);
    return { created, updated, skipped, failed };
  };
  const names = async () =>
    (await store.rows<{ customer_name: string }>('select customer_name from bookings order by import_row')).map(
      (b) => b.customer_name,
    );

  it('writes bookings with their provenance and one audit row each', async () => {
    const run = await prepare(store, [[{ external_id: 'A' }, { external_id: 'B', customer_name: 'Wei Chen' }]]);
    assert.deepEqual(await counts(run), { created: 2, updated: 0, skipped: 0, failed: 0 });
    const found = await store.rows(
      `select b.external_id, b.import_id, b.import_row, b.source, b.version, a.action, a.changed_by, host(a.ip_address) as ip,
         a.new_value ->> 'customer_name' as name
       from bookings b join booking_audit_logs a on a.booking_id = b.id order by 1`,
    );
    const common = {
      import_id: run.importId,
      source: 'bulk_import',
      version: 1,
      action: 'IMPORTED',
      changed_by: 'alice',
      ip: '127.0.0.1',
    };
    assert.deepEqual(found, [
      { external_id: 'A', import_row: 1, name: 'Asha Rao', ...common },
      { external_id: 'B', import_row: 2, name: 'Wei Chen', ...common },
    ]);
  });

  it('refuses a chunk whose verdict is missing, rather than count it as written', async () => {
    const run = await prepare(store, [[{ external_id: 'A' }]]);
    await store.run('update booking_import_chunks set valid = null, valid_rows = null, validated_at = null');
    await assert.rejects(counts(run), sqlState('55000'));
    assert.deepEqual(await store.rows('select from booking_import_ledger'), []);
  });

  it('answers a second call from the ledger and writes nothing', async () => {
    const run = await prepare(store, [[{ external_id: 'A' }, {}]]);
    assert.deepEqual(await counts(run), await counts(run));
    assert.equal((await names()).length, 2);
  });

  it('writes a chunk once when eight writers race for it', async () => {
    const run = await prepare(store, [Array.from({ length: 200 }, (_, n) => ({ external_id: `R${n}` }))]);
    const all = await Promise.all(Array.from({ length: 8 }, () => counts(run)));
    for (const one of all) assert.equal(one.created, 200);
    assert.equal((await names()).length, 200);
  });

  it('refuses every writer after a cancel', async () => {
    const run = await prepare(store, [[{}], [{}]]);
    await counts(run, 0);
    assert.equal((await cancelImport(store.db, run.importId, ADMIN)).ok, true);
    await assert.rejects(counts(run, 1), sqlState(FENCED));
    assert.equal((await names()).length, 1);
  });

  it('makes a cancel wait for the chunk in flight, and the next chunk fail', async () => {
    const run = await prepare(store, [[{}], [{}]]);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let inFlight = () => {};
    const began = new Promise<void>((resolve) => {
      inFlight = resolve;
    });
    const writing = withTransaction(store.db, async (tx) => {
      await rows(tx, 'select write_chunk_alone($1, $2, 0, $3, 25)', [run.importId, run.round, run.epoch]);
      inFlight();
      await held;
    });
    await began;
    let cancelled = false;
    const cancelling = cancelImport(store.db, run.importId, ADMIN).then(() => {
      cancelled = true;
    });
    await waitFor(
      async () => (await store.rows(`select from pg_locks where locktype = 'advisory' and not granted`)).length > 0,
    );
    const late = counts(run, 1);
    late.catch(() => undefined);
    assert.equal(cancelled, false);
    release();
    await Promise.all([writing, cancelling]);
    await assert.rejects(late, sqlState(FENCED));
    assert.equal((await findImport(store.db, run.importId))?.rows.created, 1);
  });

  it('lets the lowest row of a duplicate in the tail win, and skips the others', async () => {
    const repeats = [
      { external_id: 'A', customer_name: 'Second' },
      { external_id: 'A', customer_name: 'Third' },
      { external_id: 'B', customer_name: 'B one' },
      { external_id: 'B', customer_name: 'B two' },
    ];
    const run = await prepare(store, [[{ external_id: 'A', customer_name: 'First' }], repeats], { tail: 1 });
    assert.deepEqual(await counts(run, 0), { created: 1, updated: 0, skipped: 0, failed: 0 });
    assert.deepEqual(await counts(run, 1), { created: 1, updated: 0, skipped: 3, failed: 0 });
    assert.deepEqual(await names(), ['First', 'B one']);
  });

  it('updates by external_id in the order of the rows, keeps what a cell leaves empty, and audits the change alone', async () => {
    const first = await prepare(store, [[{ external_id: 'A', customer_email: 'a@example.com' }]]);
    await counts(first);
    const again = [
      { external_id: 'A', customer_name: 'Two' },
      { external_id: 'A', customer_name: 'Three' },
    ];
    const run = await prepare(store, [again], { settings: { onDuplicate: 'update' }, tail: 0 });
    assert.deepEqual(await counts(run), { created: 0, updated: 2, skipped: 0, failed: 0 });
    const [booking] = await store.rows('select customer_name, customer_email, version, import_id from bookings');
    assert.deepEqual(booking, {
      customer_name: 'Three',
      customer_email: 'a@example.com',
      version: 3,
      import_id: first.importId,
    });
    const trail = await store.rows(
      `select old_value, new_value from booking_audit_logs where action = 'UPDATED' order by created_at, id`,
    );
    assert.deepEqual(trail, [
      { old_value: { customer_name: 'Asha Rao' }, new_value: { customer_name: 'Two' } },
      { old_value: { customer_name: 'Two' }, new_value: { customer_name: 'Three' } },
    ]);
  });

  it('makes no new version of a booking that an update leaves as it is', async () => {
    await counts(await prepare(store, [[{ external_id: 'A' }]]));
    const run = await prepare(store, [[{ external_id: 'A' }]], { settings: { onDuplicate: 'update' } });
    assert.equal((await counts(run)).updated, 1);
    assert.deepEqual(await store.rows('select version from bookings'), [{ version: 1 }]);
  });

  for (const onDuplicate of ['skip', 'update', 'error'] as const) {
    it(`fails a row that takes another dealer's external_id, and leaves that booking alone (${onDuplicate})`, async () => {
      await counts(await prepare(store, [[{ external_id: 'A', customer_name: 'Theirs' }]]));
      const run = await prepare(store, [[{ external_id: 'A', dealer_id: 'd2', customer_name: 'Ours' }]], {
        settings: { onDuplicate },
      });
      assert.deepEqual(await counts(run), { created: 0, updated: 0, skipped: 0, failed: 1 });
      assert.deepEqual(await store.rows('select customer_name, dealer_id, version from bookings'), [
        { customer_name: 'Theirs', dealer_id: 'd1', version: 1 },
      ]);
      assert.deepEqual(
        await store.rows(
          `select row_number, error_type, field_errors -> 0 ->> 'field' as field from booking_import_errors`,
        ),
        [{ row_number: 1, error_type: 'DUPLICATE', field: 'external_id' }],
      );
    });
  }

  it('fails the rows of a dealer that was deactivated after the verdict', async () => {
    const run = await prepare(store, [[{ dealer_id: 'd3' }, {}]]);
    await store.run(`update dealers set is_active = false where id = 'd3'`);
    assert.deepEqual(await counts(run), { created: 1, updated: 0, skipped: 0, failed: 1 });
    assert.deepEqual(await store.rows('select error_type, raw_row from booking_import_errors'), [
      { error_type: 'INACTIVE_DEALER', raw_row: { line: 2, cells: ['Asha Rao'] } },
    ]);
  });

  it('unassigns a booking whose advisor stopped serving its dealer after the verdict', async () => {
    await store.run(`insert into advisors (id, email, name) values ('a1', 'a1@example.com', 'A One')`);
    const run = await prepare(store, [[{ advisor_id: 'a1', status: 'ASSIGNED' }]]);
    const { created, warned } = await writeChunk(store.db, run, 0);
    assert.deepEqual({ created, warned }, { created: 1, warned: 1 });
    assert.deepEqual(await store.rows('select advisor_id, status from bookings'), [
      { advisor_id: null, status: 'PENDING' },
    ]);
  });

  it('fails only the rows that the database refuses', async () => {
    await store.run(`alter table bookings add constraint no_poison check (customer_name <> 'Poison')`);
    const rows = Array.from({ length: 100 }, (_, n) => ({
      external_id: `P${n}`,
      customer_name: n % 40 === 7 ? 'Poison' : 'Fine',
    }));
    const run = await prepare(store, [rows]);
    assert.deepEqual(await counts(run), { created: 97, updated: 0, skipped: 0, failed: 3 });
    const failed = await store.rows<{ row_number: number; error_type: string }>(
      'select row_number, error_type from booking_import_errors order by 1',
    );
    assert.deepEqual(
      failed,
      [8, 48, 88].map((row_number) => ({ row_number, error_type: 'DATABASE' })),
    );
    assert.equal((await store.rows('select from booking_audit_logs')).length, 97);
  });

  it('gives two imports of the same ids every id once, without a deadlock', async () => {
    const ids = Array.from({ length: 300 }, (_, n) => ({ external_id: `C${String(n).padStart(4, '0')}` }));
    const shuffled = ids.toSorted((a, b) => a.external_id.slice(-1).localeCompare(b.external_id.slice(-1)));
    const runs = await Promise.all([
      prepare(store, [ids]),
      prepare(store, [shuffled]),
      prepare(store, [ids.toReversed()]),
    ]);
    const all = await Promise.all(runs.map((run) => counts(run)));
    assert.equal(
      all.reduce((sum, one) => sum + one.created, 0),
      300,
    );
    assert.equal(
      all.reduce((sum, one) => sum + one.skipped, 0),
      600,
    );
    assert.equal((await names()).length, 300);
  });

  it('plans a check without writing a booking, duplicates within the file included', async () => {
    await counts(await prepare(store, [[{ external_id: 'OLD' }]]));
    const file = [
      [{ external_id: 'OLD' }, { external_id: 'NEW' }, {}],
      [{ external_id: 'NEW' }, { external_id: 'OLD', dealer_id: 'd2' }, { external_id: 'NEW', dealer_id: 'd2' }],
    ];
    const run = await prepare(store, file, { dryRun: true, tail: 1 });
    assert.deepEqual(await counts(run, 0), { created: 2, updated: 0, skipped: 1, failed: 0 });
    assert.deepEqual(await counts(run, 1), { created: 0, updated: 0, skipped: 1, failed: 2 });
    assert.equal((await names()).length, 1);
  });
});
