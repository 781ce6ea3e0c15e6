import assert from 'node:assert/strict';
import { findBookingView } from '../../db/booking-view.ts';
import { openStore, type Store } from '../support/store.ts';

const ALL = { advisorEmail: null, dealerCodes: [] };

describe('the view of a booking', function () {
  this.timeout(60_000);
  let store: Store;
  before(async () => {
    store = await openStore();
    await store.run(`insert into advisors (id, email, name, is_active) values
      ('a1', 'Ada@example.com', 'Ada', true), ('a2', 'bob@example.com', 'Bob', true), ('a3', 'eve@example.com', 'Eve', false)`);
    await store.run(`insert into car_variants (id, code, name) values ('v1', 'GOLF-8', 'Golf VIII')`);
    await store.run(`insert into bookings (id, external_id, dealer_id, car_variant_id, customer_name, customer_phone,
        customer_email, advisor_id, booking_date, status, source, metadata, import_id, import_row, version, created_at, updated_at)
      values ('b1', 'X-1', 'd1', 'v1', 'Asha Rao', '+919812345678', 'asha@example.com', 'a1', '2027-03-04T10:00:00+01',
        'ASSIGNED', 'bulk_import', '{"notes": "by phone", "columns": {"Colour": "red"}}', 'i1', 7, 3,
        '2027-01-01T00:00:00Z', '2027-01-02T00:00:00Z'),
      ('b2', null, 'd2', null, 'Ravi', null, null, 'a3', null, 'PENDING', 'manual', '{"carVariant": "Beetle"}', null, null, 1,
        now(), now())`);
  });
  after(() => store.close());

  it('has all that the contract names', async () => {
    assert.deepEqual(await findBookingView(store.db, 'b1', ALL), {
      id: 'b1',
      externalId: 'X-1',
      dealerCode: 'DLR001',
      dealerName: 'Dealer 1',
      customerName: 'Asha Rao',
      customerPhone: '+919812345678',
      customerEmail: 'asha@example.com',
      advisor: { id: 'a1', email: 'Ada@example.com', name: 'Ada' },
      carVariant: 'GOLF-8',
      bookingDate: '2027-03-04T09:00:00.000Z',
      status: 'ASSIGNED',
      source: 'bulk_import',
      notes: 'by phone',
      metadata: { notes: 'by phone', columns: { Colour: 'red' } },
      importId: 'i1',
      importRow: 7,
      version: 3,
      createdAt: '2027-01-01T00:00:00.000Z',
      updatedAt: '2027-01-02T00:00:00.000Z',
    });
  });

  it('of a booking with little shows nulls, and the text of a variant that is not known', async () => {
    const view = await findBookingView(store.db, 'b2', ALL);
    assert.deepEqual(
      [view?.externalId, view?.carVariant, view?.bookingDate, view?.notes, view?.importRow],
      [null, 'Beetle', null, null, null],
    );
  });

  for (const [who, advisorEmail, dealerCodes, seen] of [
    ['its advisor, in any case', 'ADA@example.com', [], true],
    ['another advisor', 'bob@example.com', [], false],
    ['an advisor nobody knows', 'nobody@example.com', [], false],
    ['an admin of its dealer', null, ['DLR009', 'DLR001'], true],
    ['an admin of another dealer', null, ['DLR002'], false],
    ['its advisor with a token for another dealer', 'ada@example.com', ['DLR002'], false],
  ] as const)
    it(`is ${seen ? 'shown to' : 'kept from'} ${who}`, async () => {
      const view = await findBookingView(store.db, 'b1', { advisorEmail, dealerCodes: [...dealerCodes] });
      assert.equal(view?.id, seen ? 'b1' : undefined);
    });

  it('is kept from its advisor who is no longer active', async () => {
    assert.equal(
      await findBookingView(store.db, 'b2', { advisorEmail: 'eve@example.com', dealerCodes: [] }),
      undefined,
    );
  });
});
