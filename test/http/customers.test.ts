import assert from 'node:assert/strict';
import { rows, run } from '../../db/query.ts';
import { type RunningApi, startApi } from './running-api.ts';

const ERASE = '/api/admin/customers/erase';
const EXPORT = '/api/admin/customers/export';
const REASON = 'asked by letter of 3 March';

describe('what a customer may ask for', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
    await run(api.db, `insert into dealers (id, dealer_code, dealer_name) values ('d1', 'DLR001', 'One')`);
  });
  after(() => api.stop());

  const ask = (path: string, body: object, headers?: Record<string, string>) =>
    api.call('POST', path, { body: { reason: REASON, ...body }, headers });
  async function addBooking(more: object = {}): Promise<string> {
    const customer = { customerName: 'Asha Rao', customerPhone: '+91 98123 45678', customerEmail: 'Asha@example.com' };
    const body = { ...customer, dealerCode: 'DLR001', bookingDate: '2027-03-04', ...more };
    return (await api.call('POST', '/api/admin/bookings', { body })).body.id;
  }
  const nameOf = async (id: string) => (await api.call('GET', `/api/bookings/${id}`)).body.customerName;
  const entries = () =>
    rows<{ action: string; subject: string; reason: string; counts: Record<string, number> }>(
      api.db,
      `select action, changed_by as subject, change_reason as reason, new_value as counts from admin_audit_log
       where object_kind = 'customer' order by id`,
    );

  it('is counted first, then erased', async () => {
    const id = await addBooking();
    const counted = await ask(ERASE, { phone: '0091 98123-45678', dryRun: true });
    assert.deepEqual([counted.status, counted.body.dryRun, counted.body.counts.bookings], [200, true, 1]);
    assert.ok(counted.body.known.includes('Asha@example.com'));
    assert.equal(await nameOf(id), 'Asha Rao');
    const erased = await ask(ERASE, { phone: '0091 98123-45678' });
    assert.deepEqual([erased.status, erased.body.counts], [200, counted.body.counts]);
    const { body, headers } = await api.call('GET', `/api/bookings/${id}`);
    assert.deepEqual(
      [body.customerName, body.customerPhone, body.customerEmail, headers.get('etag')],
      ['Erased customer', null, null, '"2"'],
    );
    const { items } = (await api.call('GET', `/api/bookings/${id}/audit`)).body;
    assert.deepEqual(
      items.map((item: Record<string, unknown>) => [item.action, item.changedBy, item.changeReason]),
      [
        ['CREATED', 'alice', null],
        ['ERASED', 'alice', REASON],
      ],
    );
    assert.equal(items[0].newValue.customerName, erased.body.pseudonym);
    assert.equal((await entries()).length, 1);
  });

  it('is handed out as a download, with an entry that holds none of it', async () => {
    await addBooking();
    const before = (await entries()).length;
    const { status, headers, body } = await ask(EXPORT, { email: 'ASHA@example.com', reason: 'Asha Rao wants a copy' });
    assert.deepEqual(
      [status, headers.get('content-disposition'), headers.get('cache-control')],
      [200, 'attachment; filename="customer-data.json"', 'no-store'],
    );
    assert.deepEqual(
      body.bookings.map((booking: Record<string, unknown>) => booking.customerName),
      ['Asha Rao'],
    );
    assert.deepEqual(body.trail[0].newValue.customer_phone, '+919812345678');
    const { action, subject, reason, counts } = (await entries())[before] ?? {};
    assert.deepEqual([action, subject, reason], ['CUSTOMER_EXPORTED', 'alice', 'the customer wants a copy']);
    assert.deepEqual(counts, { bookings: 1, trail: 1, commands: 0, notifications: 0, fileRows: 0 });
  });

  it('is nothing of somebody who is not known', async () => {
    const erased = await ask(ERASE, { phone: '+4915112345678', email: 'nobody@example.com' });
    assert.deepEqual([erased.status, Object.values(erased.body.counts).every((n) => n === 0)], [200, true]);
    const handed = await ask(EXPORT, { email: 'nobody@example.com' });
    assert.deepEqual([handed.status, handed.body.bookings, handed.body.fileRows], [200, [], []]);
  });

  it('says the same to a repeat with the same key, and refuses the key for anybody else', async () => {
    await addBooking({ customerPhone: '+4915112345678', customerEmail: null });
    const key = { 'idempotency-key': 'c2c1e0f7-erase' };
    const first = await ask(ERASE, { phone: '+4915112345678' }, key);
    assert.equal(first.body.counts.bookings, 1);
    const again = await ask(ERASE, { phone: '+4915112345678' }, key);
    assert.deepEqual([again.body.pseudonym, again.body.counts], [first.body.pseudonym, first.body.counts]);
    const other = await ask(ERASE, { phone: '+919812345678' }, key);
    assert.deepEqual([other.status, other.body.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
    const stored = JSON.stringify(await rows(api.db, 'select * from customer_erasures, admin_audit_log'));
    assert.doesNotMatch(stored, /c2c1e0f7|15112345678/);
  });

  it('needs phone or e-mail, a reason, and an admin of all dealers', async () => {
    const faults = async (path: string, body: object) => {
      const { status, body: problem } = await api.call('POST', path, { body });
      return [
        status,
        problem.code,
        ...(problem.errors ?? []).map((e: Record<string, string>) => `${e.pointer} ${e.code}`),
      ];
    };
    for (const path of [ERASE, EXPORT]) {
      assert.deepEqual(await faults(path, { name: 'Asha Rao', reason: REASON }), [400, 'INVALID_REQUEST', ' FORMAT']);
      assert.deepEqual(await faults(path, { phone: '98123 45678', reason: REASON }), [
        400,
        'INVALID_REQUEST',
        '/phone PHONE',
      ]);
      assert.deepEqual(await faults(path, { email: 'asha', colour: 1 }), [
        ...[400, 'INVALID_REQUEST', '/email FORMAT', '/reason REQUIRED', '/colour UNKNOWN'],
      ]);
      const limited = await api.token({ dealers: ['DLR001'] });
      const refused = await ask(path, { phone: '+919812345678' }, { authorization: `Bearer ${limited}` });
      assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
    }
    assert.equal((await api.call('GET', ERASE)).status, 405);
  });
});
