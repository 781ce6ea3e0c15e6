import assert from 'node:assert/strict';
import { exportCustomer } from '../../db/export-customer.ts';
import { undoImport } from '../../db/undo-import.ts';
import { toCustomerKey } from '../../src/domain/customer.ts';
import { runImport } from '../support/run-import.ts';
import { ADMIN, openStore, type Store } from '../support/store.ts';

const HEADER = 'external_id,customer_name,customer_phone,customer_email,dealer_code,booking_date';
const csv = (...lines: string[]) => `${[HEADER, ...lines].join('\n')}\n`;
const DATE = '2027-03-04T10:00:00Z';

describe('exporting a customer', () => {
  let store: Store;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  it('has the bookings, what became of removed ones, and the rows of files with their faults', async () => {
    const kept = await runImport(
      store,
      csv(
        `E-1,Asha Rao,+91 98123 45678,asha@example.com,DLR001,${DATE}`,
        `E-2,Mia Berg,+919800000005,,DLR001,${DATE}`,
        `E-3,Asha Rao,98123 45678,,DLR001,${DATE}`,
      ),
    );
    const undone = await runImport(store, csv(`E-4,Asha Rao,+919812345678,,DLR001,${DATE}`));
    assert.ok((await undoImport(store.db, undone.id, ADMIN, null)).ok);
    const key = toCustomerKey({ phone: '+919812345678' });
    assert.ok(key.ok);
    const data = await exportCustomer(store.db, key.value, { actor: ADMIN, reason: 'asked by letter' });
    assert.deepEqual(
      data.bookings.map(({ externalId }) => externalId),
      ['E-1'],
    );
    assert.deepEqual(
      data.trail.map(({ action }) => action),
      ['IMPORTED', 'IMPORTED', 'REMOVED'],
    );
    assert.deepEqual(
      data.fileRows.map(({ importId, row, cells, errors }) => [importId, row, (cells as string[])[0], errors !== null]),
      [
        [kept.id, 1, 'E-1', false],
        [kept.id, 3, 'E-3', true],
        [undone.id, 1, 'E-4', false],
      ],
    );
    assert.doesNotMatch(JSON.stringify(data), /Mia|alice|127\.0\.0\.1/);
  });
});
