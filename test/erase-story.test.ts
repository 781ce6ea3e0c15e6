import assert from 'node:assert/strict';
import ExcelJS from 'exceljs';
import type { BookingView } from '../src/domain/booking-view.ts';
import type { ImportView } from '../src/domain/import.ts';
import { findEverywhere } from './support/everything.ts';
import { call, getImport, untilEnded, uploadForm } from './support/rest.ts';
import { type Stack, withStack } from './support/stack.ts';
import { waitFor } from './support/wait-for.ts';

const HEADER = [
  'external_id',
  'customer_name',
  'customer_phone',
  'customer_email',
  'dealer_code',
  'booking_date',
  'notes',
];
const DATE = '2027-03-04T10:00:00Z';
const ROWS = [
  ['E-1', 'Asha Rao', '+91 98123 45678', 'asha@example.com', 'DLR001', DATE, 'Asha likes mornings'],
  ['E-2', 'Asha Rao', '98123 45678', '', 'DLR001', DATE, ''],
  ['E-3', 'Mia Berg', '+919800000005', '', 'DLR001', DATE, ''],
  ['E-1', 'Asha Rao', '+91 98123 45678', '', 'DLR001', DATE, 'again'],
];
const TRACES = ['asha', '9812345678', '98123 45678'];

/** Erased on the whole running system, while the booking's lifecycle waits for its next change. */
describe('a customer who is erased', function () {
  this.timeout(240_000);
  let stack: Stack;
  before(async () => {
    stack = await withStack({ env: { LIFECYCLE_STARTS_PER_SECOND: '100' }, worker: false });
    await stack.startWorker('imports', 'bookings', 'notifications');
  });
  after(() => stack.close());

  async function bringIn(content: string | Buffer, name: string, settings: object = {}): Promise<ImportView> {
    const form = uploadForm(new Blob([content as string]), settings, name);
    const { body } = await call<ImportView>(stack, 'POST', '/api/admin/bookings/import', form);
    return untilEnded(stack, body.id);
  }
  async function workbook(): Promise<Buffer> {
    const book = new ExcelJS.Workbook();
    book.addWorksheet('Bookings').addRows([HEADER, ['X-1', 'Asha Rao', 919812345678, '', 'DLR001', DATE, '']]);
    book.addWorksheet('Others').addRow(['Asha Rao', 'asha@example.com']);
    return Buffer.from(await book.xlsx.writeBuffer());
  }

  it('is in no table any more, and the booking’s lifecycle goes on', async () => {
    const file = [HEADER, ...ROWS].map((row) => row.join(',')).join('\n');
    const { id } = await bringIn(file, 'Asha Rao.csv');
    assert.deepEqual((await bringIn(await workbook(), 'asha.xlsx', { sheet: 'Bookings' })).rows.created, 1);
    await waitFor(async () => (await getImport(stack, id)).lifecycles.started === 2);
    const [made] = await stack.store.rows<{ id: string }>(`select id from bookings where external_id = 'E-1'`);
    const booking = `/api/bookings/${made?.id}`;
    const reschedule = (day: string, reason: string) =>
      call<BookingView>(stack, 'PATCH', `${booking}/reschedule`, { bookingDate: `2027-05-${day}T10:00:00Z`, reason });
    assert.equal((await reschedule('01', 'Mrs Rao asked for it')).status, 200);
    assert.ok((await findEverywhere(stack.store, TRACES)).includes('admin_audit_log.new_value'));

    const asked = { phone: '+919812345678', email: 'asha@example.com', reason: 'Asha Rao asked by letter' };
    const erased = await call<{ counts: Record<string, number> }>(stack, 'POST', '/api/admin/customers/erase', asked);
    assert.equal(erased.status, 200, JSON.stringify(erased.body));
    assert.deepEqual([erased.body.counts.bookings, erased.body.counts.fileRows], [2, 4]);
    assert.deepEqual(await findEverywhere(stack.store, TRACES), []);

    const moved = await reschedule('02', 'no parts');
    assert.deepEqual(
      [moved.status, moved.body.customerName, moved.body.bookingDate, moved.body.version],
      [200, 'Erased customer', '2027-05-02T10:00:00.000Z', 4],
    );
    const lifecycle = await call<{ version: number }>(stack, 'GET', `${booking}/lifecycle`);
    assert.equal(lifecycle.body.version, 4);
    assert.deepEqual(await findEverywhere(stack.store, TRACES), []);
  });
});
