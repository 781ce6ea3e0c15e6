import assert from 'node:assert/strict';
import ExcelJS from 'exceljs';
import pg from 'pg';
import { applyCommand } from '../../db/apply-command.ts';
import { createCommand } from '../../db/booking-commands.ts';
import { createBooking } from '../../db/create-booking.ts';
import { beginRetry } from '../../db/end-import.ts';
import { type EraseRequest, eraseCustomer } from '../../db/erase-customer.ts';
import { run } from '../../db/query.ts';
import { undoImport } from '../../db/undo-import.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import { type AskedCustomer, type CustomerKey, toCustomerKey } from '../../src/domain/customer.ts';
import { findEverywhere } from '../support/everything.ts';
import { runImport, runRound, stageImport } from '../support/run-import.ts';
import { ADMIN, CAPS, openStore, type Store, storeUpload } from '../support/store.ts';
import { untilOneWaits } from '../support/until-one-waits.ts';

const HEADER = 'external_id,customer_name,customer_phone,customer_email,dealer_code,booking_date,notes,Vehicle owner';
const DATE = '2027-03-04T10:00:00Z';
const csv = (...lines: string[]) => `${[HEADER, ...lines].join('\n')}\n`;
const ASKED = { phone: '+91 98123 45678', email: 'ASHA@example.com' };
const TRACES = ['asha', 'rao', '9812345678', '98123 45678', '98123-45678', '8123456'];

const keyOf = (asked: AskedCustomer): CustomerKey => {
  const key = toCustomerKey(asked);
  assert.ok(key.ok);
  return key.value;
};

describe('erasing a customer', function () {
  this.timeout(60_000);
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  const erase = (asked: AskedCustomer, more: Partial<EraseRequest> = {}) =>
    eraseCustomer(store.db, {
      ...{ key: keyOf(asked), actor: ADMIN, reason: 'asked by letter', dryRun: false, repeat: null },
      ...more,
    });
  const erasures = () =>
    store.rows<{ who: string; reason: string; pseudonym: string; counts: Record<string, number> }>(
      `select changed_by as who, change_reason as reason, object_id as pseudonym, new_value as counts
       from admin_audit_log where action = 'CUSTOMER_ERASED' order by id`,
    );
  const idOf = async (externalId: string) =>
    (await store.rows<{ id: string }>('select id from bookings where external_id = $1', [externalId]))[0]?.id ?? '';
  async function command(bookingId: string, wish: BookingWish, reason: string | null = null, respondAsync = false) {
    const stored = await createCommand(store.db, {
      ...{ bookingId, wish, actor: ADMIN, role: 'admin', key: null, expectedVersion: null, occurredAt: null },
      ...{ reason, respondAsync },
    });
    assert.ok(stored.ok);
    return applyCommand(store.db, bookingId, stored.value.id);
  }

  /** What a real customer leaves behind: imports of both kinds, faults, warnings, repeats, changes, notes, refusals. */
  async function leaveTraces(): Promise<void> {
    const file = csv(
      `A-1,Asha Rao,+91 98123 45678,Asha@Example.com,DLR001,${DATE},"mornings, at 98123-45678",Asha's own car`,
      `A-2,Ravi Nair,+919800000002,ravi@example.com,DLR001,${DATE},reach him by +91 98123 45678,`,
      `A-3,Asha Rao,98123 45678,asha@example.com,DLR001,${DATE},,`,
      `A-4,ASHA  RAO,0091-98123-45678,,NOWHERE,${DATE},,`,
      `A-1,Asha Rao,+91 98123 45678,,DLR001,${DATE},again,`,
      `A-5,Mia Berg,+919800000005,,DLR001,${DATE},,`,
    );
    await runImport(store, file, { chunkRows: 2 });
    await runImport(store, file, { dryRun: true });
    const update = csv(`A-1,Asha K. Rao,,asha.rao@work.example,DLR001,${DATE},new mail,`);
    await runImport(store, update, { settings: { onDuplicate: 'update' } });
    await runImport(store, await workbook(), {});
    const undone = await runImport(store, csv(`U-1,Asha Rao,+919812345678,,DLR001,${DATE},,`));
    assert.ok((await undoImport(store.db, undone.id, ADMIN, null)).ok);
    const made = {
      customer_name: 'Asha Rao',
      customer_phone: '+919812345678',
      customer_email: null,
      external_id: 'C-1',
    };
    const draft = { ...made, row: 1, dealer_id: 'd1', car_variant_id: null, advisor_id: null, booking_date: DATE };
    const created = await createBooking(store.db, {
      draft: { ...draft, status: 'PENDING', metadata: { notes: 'Asha by phone' } },
      ...{ source: 'api', actor: ADMIN, warnings: [{ pointer: '', code: 'X', message: 'of Asha' }] },
      key: { subject: 'alice', key: 'k', fingerprint: 'f' },
    });
    assert.ok(created.ok);
    const id = await idOf('A-1');
    await command(id, { kind: 'addNote', note: 'Asha wants a call at 09812345678' });
    await command(id, { kind: 'reschedule', bookingDate: '2027-04-04T10:00:00Z' }, 'Mrs Rao asked for it');
    await command(id, { kind: 'changeStatus', status: 'COMPLETED' }, 'Asha was here', true);
    await command(await idOf('A-2'), { kind: 'addNote', note: 'his number is (+91) 9812345678 now' });
  }

  async function workbook(): Promise<Buffer> {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet('Bookings');
    sheet.addRow(HEADER.split(','));
    sheet.addRow(['X-1', 'Asha Rao', 919812345678, '', 'DLR001', DATE, '', '']);
    sheet.addRow(['X-2', 'Asha Rao', '12345', 'asha@example.com', 'DLR001', DATE, '', '']);
    sheet.addRow(['X-3', 'Noor Khan', '+919800000009', '', 'DLR001', DATE, '', '']);
    return Buffer.from(await book.xlsx.writeBuffer());
  }

  it('leaves no name, phone or e-mail of his in any column of any table', async () => {
    await leaveTraces();
    assert.ok((await findEverywhere(store, TRACES)).length >= 17, 'the traces are there before');
    const erased = await erase(ASKED);
    assert.ok(erased.ok);
    assert.deepEqual(await findEverywhere(store, TRACES), []);
  });

  it('counts beforehand what it would do, and does nothing', async () => {
    await leaveTraces();
    const before = await findEverywhere(store, TRACES);
    const counted = await erase(ASKED, { dryRun: true });
    assert.ok(counted.ok);
    assert.equal(counted.value.pseudonym, null);
    assert.deepEqual(counted.value.known.toSorted(), [
      '+919812345678',
      'Asha K. Rao',
      'Asha Rao',
      'Asha@Example.com',
      'asha.rao@work.example',
    ]);
    assert.deepEqual(await findEverywhere(store, TRACES), before);
    assert.deepEqual(await erasures(), []);
    const erased = await erase(ASKED);
    assert.ok(erased.ok);
    assert.deepEqual(erased.value.counts, counted.value.counts);
    const { bookings, mentions, fileRows, files } = erased.value.counts;
    assert.deepEqual([bookings, mentions, fileRows, files], [3, 1, 12, 5]);
  });

  it('finds nothing the second time, and says so in an entry of its own', async () => {
    await leaveTraces();
    await erase(ASKED);
    const again = await erase(ASKED);
    assert.ok(again.ok);
    assert.deepEqual(
      Object.entries(again.value.counts).filter(([, n]) => n > 0),
      [],
    );
    assert.equal((await erasures()).length, 2);
  });

  it('keeps the trail, with a pseudonym for the customer and everything else as it was', async () => {
    await leaveTraces();
    const id = await idOf('A-1');
    const entries = () =>
      store.rows<{ id: string; action: string; told: string }>(
        `select id, action, changed_by, ip_address, created_at, concat(old_value, new_value, change_reason) as told
         from booking_audit_logs where booking_id = $1 order by created_at, id`,
        [id],
      );
    const before = await entries();
    const erased = await erase(ASKED, { reason: 'Asha Rao asked by letter' });
    assert.ok(erased.ok);
    const after = await entries();
    assert.deepEqual(
      after.slice(0, -1).map(({ told: _, ...entry }) => entry),
      before.map(({ told: _, ...entry }) => entry),
    );
    const pseudonym = erased.value.pseudonym ?? '';
    assert.match(pseudonym, /^customer-[0-9a-f]{12}$/);
    assert.ok(
      after.every(({ action, told }) => action === 'REFUSED' || told.includes(pseudonym) || action === 'NOTE_ADDED'),
    );
    assert.match(after.find(({ action }) => action === 'RESCHEDULED')?.told ?? '', /2027-04-04T10.*Mrs customer-/);
    assert.match(after.at(-1)?.told ?? '', /the customer asked by letter$/);
    const [entry] = await erasures();
    assert.deepEqual(
      [entry?.who, entry?.reason, entry?.pseudonym, entry?.counts.bookings],
      ['alice', 'the customer asked by letter', pseudonym, 3],
    );
  });

  it('leaves everybody else as he was', async () => {
    await leaveTraces();
    const others = () =>
      Promise.all([
        store.rows(`select * from bookings where external_id in ('A-5', 'X-3') order by id`),
        store.rows(
          `select * from booking_audit_logs where new_value ->> 'customer_name' in ('Mia Berg', 'Noor Khan') order by id`,
        ),
        store.rows(`select r #>> '{}' as record from booking_import_chunks c, json_array_elements(c.raw) r
          where r::text ~ 'Mia|Noor' order by c.import_id, c.chunk`),
      ]);
    const before = await others();
    assert.deepEqual(
      before.map(({ length }) => length),
      [2, 2, 3],
    );
    await erase(ASKED);
    assert.deepEqual(await others(), before);
    const [ravi] = await store.rows<{ name: string; phone: string; metadata: { notes: string } }>(
      `select customer_name as name, customer_phone as phone, metadata from bookings where external_id = 'A-2'`,
    );
    assert.deepEqual([ravi?.name, ravi?.phone], ['Ravi Nair', '+919800000002']);
    assert.match(ravi?.metadata.notes ?? '', /^reach him by customer-\w+\nhis number is \(?customer-\w+ now$/);
  });

  describe('who shares a phone with somebody', () => {
    const file = csv(
      `S-1,Asha Rao,+919812345678,,DLR001,${DATE},with Vikram Rao,`,
      `S-2,Vikram Rao,+919812345678,,DLR001,${DATE},,`,
      `S-3,Vikram Rao,+919812345678,,NOWHERE,${DATE},,`,
      `S-4,asha  rao,+919812345678,,NOWHERE,${DATE},,`,
    );

    it('is erased alone, when a name is given', async () => {
      const { id } = await runImport(store, file);
      const erased = await erase({ phone: '+919812345678', name: 'ASHA RAO' });
      assert.ok(erased.ok);
      assert.deepEqual([erased.value.counts.bookings, erased.value.counts.fileRows], [1, 2]);
      assert.deepEqual(await findEverywhere(store, ['asha']), []);
      const kept = await store.rows(
        `select customer_name, customer_phone, version from bookings where external_id = 'S-2'`,
      );
      assert.deepEqual(kept, [{ customer_name: 'Vikram Rao', customer_phone: '+919812345678', version: 1 }]);
      const records = await store.rows<{ cells: string[] }>(
        `select r -> 2 as cells from booking_import_chunks c, json_array_elements(c.raw) r where import_id = $1`,
        [id],
      );
      assert.deepEqual(
        records.map(({ cells }) => cells[1] ?? null),
        [null, 'Vikram Rao', 'Vikram Rao', null],
      );
    });

    it('is erased with the other without one', async () => {
      await runImport(store, file);
      await erase({ phone: '+919812345678' });
      assert.deepEqual(await findEverywhere(store, ['asha', 'vikram', '9812345678']), []);
    });
  });

  it('takes nobody for the customer whose number only ends like his', async () => {
    await runImport(
      store,
      csv(
        `N-1,Uma Iyer,+919812345678,,DLR001,${DATE},,`,
        `N-2,Bob Low,+4419812345678,,NOWHERE,${DATE},order 1298123456780,`,
        `N-3,Eve Lim,+81 98-1234-5678,,NOWHERE,${DATE},,`,
      ),
    );
    const erased = await erase({ phone: '+919812345678' });
    assert.ok(erased.ok);
    assert.deepEqual([erased.value.counts.fileRows, erased.value.counts.importErrors], [1, 0]);
    assert.deepEqual(await findEverywhere(store, ['Uma']), []);
    assert.notDeepEqual(await findEverywhere(store, ['Bob Low']), []);
  });

  it('waits for no running import, but refuses with its id and changes nothing', async () => {
    await runImport(store, csv(`R-1,Asha Rao,+919812345678,,DLR001,${DATE},,`));
    const { run } = await stageImport(store, csv(`R-2,Asha Rao,+919812345678,,DLR001,${DATE},,`));
    const refused = await erase(ASKED);
    assert.ok(!refused.ok);
    assert.deepEqual([refused.failure.code, refused.failure.detail], ['IMPORT_RUNNING', { importIds: [run.importId] }]);
    const [booking] = await store.rows(`select customer_name from bookings where external_id = 'R-1'`);
    assert.deepEqual(booking, { customer_name: 'Asha Rao' });
  });

  it('refuses while a file is not yet read, and lets imports run that are of others', async () => {
    await stageImport(store, csv(`O-1,Mia Berg,+919800000005,,DLR001,${DATE},,`));
    assert.ok((await erase(ASKED)).ok, 'a running import without the customer is in nobody’s way');
    const unread = await storeUpload(store.db, csv(`O-2,Ada Who,+919800000006,,DLR001,${DATE},,`));
    const refused = await erase(ASKED);
    assert.deepEqual(refused.ok ? null : refused.failure.detail, { importIds: [unread] });
  });

  it('lets the rest of an import be retried, and tells why a file that was never read cannot be', async () => {
    const file = csv(`T-1,Asha Rao,+919812345678,,NEW1,${DATE},,`, `T-2,Mia Berg,+919800000005,,NEW1,${DATE},,`);
    const { id } = await runImport(store, file);
    const broken = await runImport(store, 'one,two\nAsha Rao,+919812345678\n');
    await erase(ASKED);
    await store.run(`insert into dealers (dealer_code, dealer_name) values ('NEW1', 'New')`);
    const begun = await beginRetry(store.db, id, { actor: ADMIN, caps: CAPS });
    assert.ok(begun.ok, JSON.stringify(begun));
    const { rows } = await runRound(store, { importId: id, round: begun.value.round });
    assert.deepEqual([rows.created, rows.failed, rows.notAttempted], [1, 1, 0]);
    assert.deepEqual(await findEverywhere(store, TRACES), []);
    const refused = await beginRetry(store.db, broken.id, { actor: ADMIN, caps: CAPS });
    assert.ok(!refused.ok);
    assert.equal(refused.failure.code, 'IMPORT_EXPIRED');
    assert.match(refused.failure.message, /at the request of a customer/);
  });

  it('waits for a change that is being made, and takes that out too', async () => {
    await runImport(store, csv(`W-1,Asha Rao,+919812345678,,DLR001,${DATE},,`));
    const id = await idOf('W-1');
    const change = await store.db.transaction();
    await run(change, `update bookings set metadata = '{"notes": "Asha rang"}', version = version + 1 where id = $1`, [
      id,
    ]);
    const erasing = erase(ASKED);
    await untilOneWaits(store);
    await change.commit();
    assert.ok((await erasing).ok);
    const [booking] = await store.rows('select customer_name, metadata, version from bookings where id = $1', [id]);
    assert.deepEqual(booking, { customer_name: 'Erased customer', metadata: null, version: 3 });
  });

  it('leaves an open change of the booking to be made, without what it told', async () => {
    await runImport(store, csv(`P-1,Asha Rao,+919812345678,,DLR001,${DATE},,`));
    const id = await idOf('P-1');
    const open = await createCommand(store.db, {
      ...{ bookingId: id, wish: { kind: 'addNote', note: 'Asha rang' }, actor: ADMIN, role: 'admin', key: null },
      ...{ expectedVersion: null, occurredAt: null, reason: null, respondAsync: true },
    });
    assert.ok(open.ok);
    await erase(ASKED);
    assert.equal((await applyCommand(store.db, id, open.value.id))?.result.ok, true);
    assert.deepEqual(await findEverywhere(store, TRACES), []);
  });

  it('is the only way to change the trail: not by the application’s login, not by the owner by chance, not beyond what is told', async () => {
    await runImport(store, csv(`L-1,Asha Rao,+919812345678,,DLR001,${DATE},,`));
    const tries = async (url: string, sql: string, marked = true) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await client.query('begin');
        if (marked) await client.query(`set local booking_import.erasing = 'on'`);
        await client.query(sql);
        return 'DONE';
      } catch (error) {
        return (error as { code?: string }).code;
      } finally {
        await client.end();
      }
    };
    const erased = await erase(ASKED);
    assert.ok(erased.ok, 'the application may erase');
    const reword = ['booking_audit_logs', 'admin_audit_log'].map((table) => `update ${table} set new_value = '{}'`);
    for (const sql of reword) {
      assert.equal(await tries(store.url, sql), '42501', sql);
      assert.equal(await tries(store.ownerUrl, sql, false), '42501', sql);
      assert.equal(await tries(store.ownerUrl, sql.replace(`new_value = '{}'`, `changed_by = 'bob'`)), '42501', sql);
      assert.equal(await tries(store.ownerUrl, sql.replace(/update (\w+) .*/, 'delete from $1')), '42501', sql);
    }
    assert.equal(
      await tries(
        store.ownerUrl,
        `insert into access_log (id, at, method, route, status, request_id)
      values ('a', now(), 'GET', '/', 200, 'r'); update access_log set status = 1`,
      ),
      '42501',
    );
    assert.equal(await tries(store.url, 'delete from customer_erasures'), '42501');
  });
});
