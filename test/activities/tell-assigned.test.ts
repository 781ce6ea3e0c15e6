import assert from 'node:assert/strict';
import { cancelImport } from '../../db/end-import.ts';
import { listNotifications } from '../../db/notification-feed.ts';
import { ASHA, addAdvisors, BEN } from '../support/bookings.ts';
import { type ImportOptions, runImport } from '../support/run-import.ts';
import { ADMIN, openStore, type Store } from '../support/store.ts';

const HEADER = 'external_id,customer_name,customer_phone,dealer_code,booking_date,advisor_email';

describe('an import that gives advisors bookings', () => {
  let store: Store;
  let files = 0;
  beforeEach(async () => {
    store = await openStore();
    await addAdvisors(store);
  });
  afterEach(() => store.close());

  /** A file of one row for each of these e-mails. */
  const fileFor = (...emails: string[]) => {
    files += 1;
    const rows = emails.map((email, n) => `A${files}-${n},Customer,+919812345678,DLR001,2031-03-04T10:00:00Z,${email}`);
    return `${[HEADER, ...rows].join('\n')}\n`;
  };
  const run = (emails: string[], options?: ImportOptions) => runImport(store, fileFor(...emails), options);
  const textsFor = async (email: string) => {
    const scope = { advisorEmail: email, dealerCodes: [], subject: email };
    return (await listNotifications(store.db, scope, { limit: 200, cursor: null })).items.map(({ text }) => text);
  };

  it('tells each of them once, of how many', async () => {
    const { id } = await run([ASHA.email, ASHA.email, BEN.email, '', ASHA.email]);
    assert.deepEqual(await textsFor(ASHA.email), [
      `3 bookings were assigned to Asha Rao by import ${id} (bookings.csv).`,
    ]);
    assert.deepEqual(await textsFor(BEN.email), [`1 booking was assigned to Ben Okri by import ${id} (bookings.csv).`]);
    const alice = { advisorEmail: null, dealerCodes: ['DLR001'], subject: 'alice' };
    const { items } = await listNotifications(store.db, alice, { limit: 200, cursor: null });
    assert.deepEqual(
      items.map(({ kind, importId, bookingId, dealerCode }) => [kind, importId, bookingId, dealerCode]),
      Array.from({ length: 2 }, () => ['IMPORT_ASSIGNED', id, null, 'DLR001']),
    );
  });

  it('tells nobody of a check, of the past, or where that is not wanted', async () => {
    await run([ASHA.email], { dryRun: true });
    await run([ASHA.email], { settings: { historical: true } });
    await run([ASHA.email], { settings: { notify: false } });
    assert.deepEqual(await store.rows('select from notifications'), []);
  });

  it('tells of what is new alone when it comes again', async () => {
    const file = fileFor(ASHA.email, ASHA.email);
    await runImport(store, file);
    await runImport(store, `${file}NEW-1,Customer,+919812345678,DLR001,2031-03-04T10:00:00Z,${ASHA.email}\n`);
    const [second] = await textsFor(ASHA.email);
    assert.match(second ?? '', /^1 booking was assigned to Asha Rao/);
  });

  it('tells nobody twice when it is ended twice', async () => {
    const { id } = await run([ASHA.email]);
    assert.ok(!(await cancelImport(store.db, id, ADMIN)).ok);
    await store.rows('select tell_assigned($1)', [id]);
    assert.equal((await textsFor(ASHA.email)).length, 1);
  });
});
