import assert from 'node:assert/strict';
import { Connection, WorkflowClient } from '@temporalio/client';
import type { ImportView } from '../src/domain/import.ts';
import { call, getImport, untilEnded, upload, uploadForm } from './support/rest.ts';
import { type Stack, withStack } from './support/stack.ts';

const FILE = [
  'Booking ID;Client Name;Mobile;E-Mail;Branch Code;Appointment Date;Remarks;Fuel',
  'R-1;Asha Rao;+91 98123 45678;asha@example.com;DLR001;04-03-2027;window seat;Diesel',
  'R-2;Wei Chen;12345;;DLR001;2027-03-05T10:30:00+05:30;;Diesel',
  'R-3;"O\'Neill; Grace";+44 20 7946 0958;;NEW1;31-02-2027;;Petrol',
  'R-4;Łukasz Nowak;+48 22 345 67 89;;NEW1;2027-03-06;;Petrol',
  'R-1;Asha Again;+91 98123 45678;;DLR001;04-03-2027;;Diesel',
].join('\n');

describe('the story of a file, as the README tells it', function () {
  this.timeout(120_000);
  let stack: Stack;
  before(async () => {
    stack = await withStack();
  });
  after(() => stack?.close());

  it('is previewed, checked, imported, corrected, retried, and each row is accounted for', async () => {
    const settings = { timeZone: 'Asia/Kolkata' };

    const preview = await call<{ delimiter: string; headers: { field: string | null }[]; totalRows: number }>(
      stack,
      'POST',
      '/api/admin/bookings/preview',
      uploadForm(new Blob([FILE]), settings),
    );
    assert.equal(preview.status, 200);
    assert.equal(preview.body.delimiter, ';');
    assert.equal(preview.body.totalRows, 5);
    assert.deepEqual(
      preview.body.headers.map((header) => header.field),
      [
        'external_id',
        'customer_name',
        'customer_phone',
        'customer_email',
        'dealer_code',
        'booking_date',
        'notes',
        null,
      ],
    );

    const check = await call<ImportView>(
      stack,
      'POST',
      '/api/admin/bookings/validate',
      uploadForm(new Blob([FILE]), settings),
    );
    const checked = await untilEnded(stack, check.body.id);
    assert.deepEqual(checked.rows, { created: 1, updated: 0, skipped: 1, failed: 3, notAttempted: 0, warned: 0 });
    assert.deepEqual(await stack.store.rows('select from bookings'), []);

    const { id } = await upload(stack, FILE, settings);
    const first = await untilEnded(stack, id);
    assert.equal(first.status, 'COMPLETED');
    assert.deepEqual(first.rows, { created: 1, updated: 0, skipped: 1, failed: 3, notAttempted: 0, warned: 0 });
    assert.deepEqual(first.errorSummary, {
      byType: { PHONE: 1, UNKNOWN_DEALER: 2, DATE: 1 },
      byField: { customer_phone: 1, dealer_code: 2, booking_date: 1 },
    });
    const [asha] = await stack.store.rows(
      'select customer_name, customer_phone, booking_date, metadata, import_row from bookings',
    );
    assert.deepEqual(asha, {
      customer_name: 'Asha Rao',
      customer_phone: '+919812345678',
      booking_date: new Date('2027-03-04T00:00:00+05:30'),
      metadata: { notes: 'window seat', columns: { Fuel: 'Diesel' } },
      import_row: 1,
    });

    const made = await call(stack, 'POST', '/api/admin/dealers', { dealerCode: 'NEW1', dealerName: 'New Dealer' });
    assert.equal(made.status, 201);
    assert.equal((await call(stack, 'POST', `/api/admin/bookings/imports/${id}/retry`)).status, 202);
    const second = await untilEnded(stack, id);
    assert.deepEqual(second.rows, { created: 2, updated: 0, skipped: 1, failed: 2, notAttempted: 0, warned: 0 });
    assert.deepEqual(second.errorSummary.byType, { PHONE: 1, DATE: 1 });

    const errors = await call<string>(stack, 'GET', `/api/admin/bookings/imports/${id}/errors`);
    assert.match(errors.body, /R-3/);
    const corrected = errors.body.replace('12345', '+919800000001').replace('31-02-2027', '28-02-2027');
    const third = await untilEnded(stack, (await upload(stack, corrected, settings)).id);
    assert.deepEqual(third.rows, { created: 2, updated: 0, skipped: 0, failed: 0, notAttempted: 0, warned: 0 });
    const names = await stack.store.rows<{ customer_name: string }>(
      'select customer_name from bookings order by external_id',
    );
    assert.deepEqual(
      names.map((row) => row.customer_name),
      ['Asha Rao', 'Wei Chen', "O'Neill; Grace", 'Łukasz Nowak'],
    );
  });

  it('refuses the same file again and says which import had it', async () => {
    const [earlier] = await stack.store.rows<{ id: string }>(
      'select id from booking_imports where not dry_run order by id limit 1',
    );
    const { status, body } = await call<{ code: string; importId: string }>(
      stack,
      'POST',
      '/api/admin/bookings/import',
      uploadForm(new Blob([FILE])),
    );
    assert.deepEqual([status, body.code, body.importId], [409, 'DUPLICATE_FILE', earlier?.id]);
  });

  it('keeps names, phones, e-mails and rows out of every history', async () => {
    const connection = await Connection.connect({ address: stack.temporal.address });
    try {
      const client = new WorkflowClient({ connection, namespace: stack.temporal.namespace });
      let histories = 0;
      for await (const { workflowId } of client.list()) {
        const history = JSON.stringify(await client.getHandle(workflowId).fetchHistory(), (_key, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString() : value,
        );
        histories += 1;
        assert.doesNotMatch(history, /Asha|Chen|Neill|Nowak|98123 ?45678|example\.com|window seat/);
      }
      assert.ok(histories >= 4, `${histories} histories`);
    } finally {
      await connection.close();
    }
  });

  it('answers about an import with no worker alive', async () => {
    const [any] = await stack.store.rows<{ id: string }>('select id from booking_imports order by id limit 1');
    await stack.worker?.stop();
    assert.equal((await getImport(stack, any?.id ?? '')).phase, 'done');
  });
});
