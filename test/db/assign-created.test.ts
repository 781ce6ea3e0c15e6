import assert from 'node:assert/strict';
import { applyCommand } from '../../db/apply-command.ts';
import { createCommand } from '../../db/booking-commands.ts';
import { listHistory } from '../../db/booking-trail.ts';
import { beginRetry } from '../../db/end-import.ts';
import { listImportRows } from '../../db/import-rows.ts';
import { findImport } from '../../db/imports.ts';
import { undoImport } from '../../db/undo-import.ts';
import { writeChunk } from '../../db/write-chunk.ts';
import type { ImportSettings } from '../../src/domain/import.ts';
import { csvFile } from '../support/csv-file.ts';
import { runImport, runRound, stageImport } from '../support/run-import.ts';
import { ADMIN, CAPS, openStore, type Store } from '../support/store.ts';

const DEALERS = ['DLR001', 'DLR002', 'DLR003'];
const dealerOf = (n: number) => DEALERS[n % DEALERS.length] ?? '';

describe("assigning an import's bookings", function () {
  this.timeout(120_000);
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
    // Three for each of three dealers, one more who serves them all, and one who has left.
    await store.run(
      `insert into advisors (id, email, name, is_active)
       select 'a' || n, 'a' || n || '@example.com', 'Advisor ' || n, n <> 11 from generate_series(1, 11) n`,
    );
    await store.run(
      `insert into advisor_dealers (advisor_id, dealer_id, is_home)
       select 'a' || n, 'd' || (1 + n % 3), true from generate_series(1, 9) n
       union all select 'a10', 'd' || n, false from generate_series(1, 3) n union all select 'a11', 'd1', true`,
    );
  });
  afterEach(() => store.close());

  const file = (rows: number, prefix = 'T') => csvFile(rows, (row, n) => row.with(4, dealerOf(n)), prefix);
  const imported = (rows: number, settings: Partial<ImportSettings>, prefix?: string) =>
    runImport(store, file(rows, prefix), { settings });
  /** How many bookings each of a dealer's advisors has, and null those who have nobody. */
  const sharesOf = async (dealerId: string) =>
    store.rows<{ advisor: string | null; n: number }>(
      `select advisor_id as advisor, count(*)::int as n from bookings where dealer_id = $1 group by 1 order by 2, 1`,
      [dealerId],
    );
  async function assertEven(rows: number): Promise<void> {
    let total = 0;
    for (const id of ['d1', 'd2', 'd3']) {
      const shares = await sharesOf(id);
      const counts = shares.map(({ n }) => n);
      assert.equal(shares.length, 4, JSON.stringify(shares));
      assert.ok(shares.every(({ advisor }) => advisor !== null && advisor !== 'a11'));
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, JSON.stringify(shares));
      total += counts.reduce((sum, n) => sum + n, 0);
    }
    assert.equal(total, rows);
  }
  const assignedRows = () => store.rows(`select from booking_audit_logs where action = 'ASSIGNED'`);

  it('deals 1,500 rows out evenly, in turn, and a second file goes on where the first one stopped', async () => {
    await imported(1_500, { assignment: 'round_robin' });
    await assertEven(1_500);
    await imported(101, { assignment: 'round_robin' }, 'U');
    await assertEven(1_601);
  });

  it('deals out evenly what three writers write at once, in turn and by load', async () => {
    for (const assignment of ['round_robin', 'least_loaded'] as const) {
      await store.run('delete from bookings');
      const { run, chunks } = await stageImport(store, file(1_500, assignment), {
        settings: { assignment },
        chunkRows: 100,
      });
      const writers = [0, 1, 2].map(async (lane) => {
        for (const chunk of chunks.filter((n) => n % 3 === lane)) await writeChunk(store.db, run, chunk);
      });
      await Promise.all(writers);
      if (assignment === 'round_robin') await assertEven(1_500);
      const loads = await store.rows<{ n: number }>(
        'select count(*)::int as n from bookings group by advisor_id order by 1',
      );
      assert.equal(
        loads.reduce((sum, { n }) => sum + n, 0),
        1_500,
      );
      // The one whom all three dealers share may be one or two off, by the order in which the chunks come.
      const [least, most] = [loads[0]?.n ?? 0, loads.at(-1)?.n ?? 0];
      if (assignment === 'least_loaded') assert.ok(most - least <= 2, `${least} to ${most}`);
    }
  });

  it('tells of each why, as a change of the system', async () => {
    await imported(4, { assignment: 'round_robin' });
    const [booking] = await store.rows<{ id: string }>(
      `select id, status, version, advisor_id, status_since = created_at as since from bookings where external_id = 'T-000004'`,
    );
    const { id: bookingId, ...facts } = booking ?? { id: '' };
    assert.deepEqual(facts, { status: 'ASSIGNED', version: 2, advisor_id: 'a10', since: true });
    const why = 'round robin: next after a1';
    const trail = await store.rows(
      `select action, changed_by, old_value, new_value, change_reason from booking_audit_logs
       where booking_id = $1 and action <> 'IMPORTED'`,
      [bookingId],
    );
    assert.deepEqual(trail, [
      {
        action: 'ASSIGNED',
        changed_by: 'system',
        old_value: { status: 'PENDING', advisor_id: null },
        new_value: { status: 'ASSIGNED', advisor_id: 'a10', why },
        change_reason: why,
      },
    ]);
    const { items } = await listHistory(store.db, bookingId, { limit: 10 });
    assert.deepEqual(
      items.map(({ text }) => text),
      [
        'alice imported the booking as PENDING.',
        `system assigned it to Advisor 10 (PENDING to ASSIGNED). Reason: ${why}.`,
      ],
    );
    // Its advisors are told at the import's end, once.
    assert.deepEqual(await store.rows('select from notifications where booking_id is not null'), []);
  });

  it('leaves alone who has an advisor, and what is not PENDING', async () => {
    const header = 'external_id,customer_name,customer_phone,dealer_code,booking_date,advisor_email,status';
    const rows = ['a1@example.com,', ',WAITLISTED', 'nobody@example.com,', ','].map(
      (more, n) => `K${n + 1},Customer,+919812345678,DLR002,2027-03-04T10:00:00Z,${more}`,
    );
    const view = await runImport(store, [header, ...rows].join('\n'), { settings: { assignment: 'least_loaded' } });
    assert.equal(view.failedRows, 0, JSON.stringify(view.reason ?? view.errorSummary));
    assert.deepEqual(
      await store.rows('select external_id as id, advisor_id as advisor, status, version from bookings order by 1'),
      [
        { id: 'K1', advisor: 'a1', status: 'ASSIGNED', version: 1 },
        { id: 'K2', advisor: null, status: 'WAITLISTED', version: 1 },
        { id: 'K3', advisor: 'a10', status: 'ASSIGNED', version: 2 },
        { id: 'K4', advisor: 'a4', status: 'ASSIGNED', version: 2 },
      ],
    );
  });

  it('leaves unassigned what nobody can take, with the reason in its trail and among the warnings', async () => {
    await store.run(`delete from advisor_dealers where dealer_id = 'd3' and is_home`);
    const view = await imported(9, { assignment: 'dealer_based' });
    assert.deepEqual(
      [view.status, view.rows.warned, view.warningSummary.byType],
      ['COMPLETED', 3, { NO_ADVISOR_AVAILABLE: 3 }],
    );
    const { items: warned } = await listImportRows(store.db, view.id, { outcome: 'warned', limit: 10 });
    assert.deepEqual(
      warned.map(({ row, warnings }) => [row, warnings.map(({ type, field }) => `${type} ${field}`)]),
      [2, 5, 8].map((row) => [row, ['NO_ADVISOR_AVAILABLE advisor_email']]),
    );
    assert.deepEqual(await sharesOf('d3'), [{ advisor: null, n: 3 }]);
    const [{ id } = { id: '' }] = await store.rows<{ id: string }>(`select id from bookings where dealer_id = 'd3'`);
    const { items } = await listHistory(store.db, id, { limit: 10 });
    assert.equal(
      items.at(-1)?.text,
      "system was refused: The booking's dealer is no active advisor's home; give it one, or choose among all who serve it.",
    );
    assert.equal(items.at(-1)?.code, 'NO_ADVISOR_AVAILABLE');
  });

  for (const mode of ['partial', 'all_or_nothing'] as const)
    it(`warns beside what the rules have warned of (${mode})`, async () => {
      await store.run(`delete from advisor_dealers where dealer_id = 'd3'`);
      const content = file(9)
        .replace('notes\n', 'car_variant\n')
        .replace(/(T-00000[12].*)\n/g, '$1no such car\n');
      const settings = { assignment: 'round_robin', mode } as const;
      const view = await runImport(store, content, { settings, chunkRows: 4 });
      assert.deepEqual(
        [view.rows.warned, view.warningSummary.byType],
        [4, { NO_ADVISOR_AVAILABLE: 3, UNKNOWN_VARIANT: 2 }],
      );
      const { items } = await listImportRows(store.db, view.id, { outcome: 'warned', limit: 10 });
      assert.deepEqual(
        items.map(({ row, warnings }) => [row, ...warnings.map(({ type }) => type)]),
        [
          [1, 'UNKNOWN_VARIANT'],
          [2, 'UNKNOWN_VARIANT', 'NO_ADVISOR_AVAILABLE'],
          [5, 'NO_ADVISOR_AVAILABLE'],
          [8, 'NO_ADVISOR_AVAILABLE'],
        ],
      );
    });

  it('assigns a chunk once, however often it is written', async () => {
    const { run } = await stageImport(store, file(30), { settings: { assignment: 'round_robin' } });
    const all = await Promise.all([1, 2, 3, 4].map(() => writeChunk(store.db, run, 0)));
    assert.deepEqual(
      all.map(({ created }) => created),
      [30, 30, 30, 30],
    );
    assert.equal((await assignedRows()).length, 30);
  });

  for (const settings of [{ assignment: 'manual' }, { assignment: 'round_robin', historical: true }] as const)
    it(`assigns nobody in an import that is ${JSON.stringify(settings)}`, async () => {
      await imported(9, settings);
      assert.deepEqual(await assignedRows(), []);
      assert.deepEqual(await store.rows('select from assignment_turns'), []);
    });

  it('assigns nobody in a check', async () => {
    await runImport(store, file(9), { settings: { assignment: 'round_robin' }, dryRun: true });
    assert.deepEqual(await store.rows('select from assignment_turns'), []);
  });

  it('assigns all of an import that is written as a whole, or nothing of it', async () => {
    const settings = { assignment: 'round_robin', mode: 'all_or_nothing' } as const;
    const whole = await runImport(store, file(1_000), { settings, chunkRows: 100 });
    assert.equal(whole.rows.created, 1_000);
    await assertEven(1_000);
    await store.run(`alter table bookings add constraint no_poison check (external_id <> 'P-000250')`);
    const turns = () => store.rows('select dealer_id, advisor_id from assignment_turns order by 1');
    const before = await turns();
    const none = await runImport(store, file(300, 'P'), { settings, chunkRows: 100 });
    assert.deepEqual([none.rows.created, none.rows.failed], [0, 1]);
    assert.deepEqual(await turns(), before);
    assert.equal((await assignedRows()).length, 1_000);
  });

  it('assigns in a retry what the retry brings in', async () => {
    await store.run(`update dealers set is_active = false where id = 'd3'`);
    const { id } = await imported(12, { assignment: 'round_robin' });
    assert.equal((await assignedRows()).length, 8);
    await store.run(`update dealers set is_active = true where id = 'd3'`);
    const retried = await beginRetry(store.db, id, { actor: ADMIN, caps: CAPS });
    assert.ok(retried.ok);
    await runRound(store, { importId: id, round: 2 });
    await assertEven(12);
    assert.equal((await findImport(store.db, id))?.rows.failed, 0);
  });

  it('does not hinder an undo, which still keeps what a person has changed', async () => {
    const { id } = await imported(9, { assignment: 'least_loaded' });
    const [first] = await store.rows<{ id: string }>('select id from bookings order by import_row limit 1');
    const bookingId = first?.id ?? '';
    const stored = await createCommand(store.db, {
      ...{ bookingId, wish: { kind: 'addNote', note: 'called' }, actor: ADMIN, role: 'admin', key: null },
      ...{ reason: null, expectedVersion: null, occurredAt: null, respondAsync: false },
    });
    assert.ok(stored.ok);
    await applyCommand(store.db, bookingId, stored.value.id);
    assert.ok((await undoImport(store.db, id, ADMIN, null)).ok);
    assert.deepEqual(await store.rows('select id from bookings'), [{ id: bookingId }]);
  });
});
