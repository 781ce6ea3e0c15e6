import assert from 'node:assert/strict';
import { rows, run } from '../../db/query.ts';
import { type RunningApi, startApi } from './running-api.ts';

const CREATE = '/api/admin/bookings';

describe('a single booking that is created', function () {
  this.timeout(60_000);
  let api: RunningApi;
  const started: string[] = [];
  before(async () => {
    api = await startApi({ startLifecycle: async (id) => void started.push(id) });
    await run(
      api.db,
      `insert into dealers (id, dealer_code, dealer_name, is_active, settings) values
         ('d1', 'DLR001', 'One', true, '{"timeZone": "Europe/Berlin"}'), ('d2', 'DLR002', 'Two', true, '{}'), ('d9', 'DLR009', 'Nine', false, '{}')`,
    );
    await run(api.db, `insert into advisors (id, email, name) values ('a1', 'ada@example.com', 'Ada')`);
    await run(api.db, `insert into advisor_dealers values ('a1', 'd1', true)`);
    await run(api.db, `insert into car_variants (id, code, name) values ('v1', 'GOLF-8', 'Golf VIII')`);
  });
  after(() => api.stop());

  const least = (more: object = {}) => ({
    customerName: 'Asha Rao',
    dealerCode: 'DLR001',
    bookingDate: '2027-03-04',
    ...more,
  });
  const post = (body: unknown, headers?: Record<string, string>) => api.call('POST', CREATE, { body, headers });
  const count = async () => (await rows<{ n: number }>(api.db, 'select count(*)::int as n from bookings'))[0]?.n;
  const faults = (body: { errors: { pointer: string; code: string }[] }) =>
    body.errors.map(({ pointer, code }) => `${pointer} ${code}`).sort();

  it('needs a name, a dealer and a date, and gets the rest by the rules of a row', async () => {
    const { status, headers, body } = await post(least());
    assert.equal(status, 201, JSON.stringify(body));
    assert.equal(headers.get('location'), `/api/bookings/${body.id}`);
    assert.equal(headers.get('etag'), '"1"');
    const { warnings, ...booking } = body;
    assert.deepEqual(warnings, []);
    assert.deepEqual((await api.call('GET', headers.get('location') ?? '')).body, booking);
    // Midnight in the dealer's zone.
    assert.deepEqual(
      [booking.bookingDate, booking.status, booking.source, booking.version, booking.metadata, booking.importId],
      ['2027-03-03T23:00:00.000Z', 'PENDING', 'api', 1, null, null],
    );
    assert.deepEqual(started, [body.id], 'its lifecycle is started');
  });

  it('takes everything a row can say, and metadata', async () => {
    const { status, body } = await post({
      ...least({ externalId: 'X-1', customerPhone: '+91 98123 45678', customerEmail: 'asha@example.com' }),
      ...{ carVariant: 'golf viii', advisorEmail: 'ADA@example.com', status: 'pending', notes: 'by phone' },
      ...{ source: 'manual', metadata: { campaign: { id: 7 } } },
    });
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual(
      [body.customerPhone, body.carVariant, body.advisor, body.status, body.source, body.notes, body.metadata],
      [
        '+919812345678',
        'GOLF-8',
        { id: 'a1', email: 'ada@example.com', name: 'Ada' },
        'ASSIGNED',
        'manual',
        'by phone',
        { campaign: { id: 7 }, notes: 'by phone' },
      ],
    );
  });

  it('stands in the trail with who, from where and with what', async () => {
    const { body } = await post(least(), { 'user-agent': 'desk 1.0' });
    const [entry] = (await api.call('GET', `/api/bookings/${body.id}/audit`)).body.items;
    assert.deepEqual(
      [entry.action, entry.changedBy, entry.ipAddress, entry.userAgent, entry.newValue.customerName],
      ['CREATED', 'alice', '127.0.0.1', 'desk 1.0', 'Asha Rao'],
    );
  });

  it('warns of what a row would be warned of', async () => {
    const { status, body } = await post(
      least({ customerName: 'Somebody New', advisorEmail: 'nobody@example.com', carVariant: 'Beetle' }),
    );
    assert.equal(status, 201);
    assert.deepEqual([body.advisor, body.status, body.carVariant], [null, 'PENDING', 'Beetle']);
    assert.deepEqual(faults({ errors: body.warnings }), [
      '/advisorEmail UNKNOWN_ADVISOR',
      '/carVariant UNKNOWN_VARIANT',
    ]);
    const again = await post(least({ customerName: 'Somebody New' }));
    assert.deepEqual(faults({ errors: again.body.warnings }), [' POSSIBLE_DUPLICATE']);
  });

  it('that is not right is 422 with all that is wrong, and nothing is kept', async () => {
    const before = await count();
    const { status, body } = await post({
      ...{ customerName: 'A', customerPhone: '12', customerEmail: 'x', dealerCode: 'DLR1', bookingDate: '31-02-2027' },
      ...{ status: 'OPEN', notes: 7, externalId: 'a\0b', source: 'fax', colour: 'red', metadata: { a: 'b\ud800' } },
    });
    assert.deepEqual([status, body.code], [422, 'INVALID_BOOKING']);
    assert.deepEqual(faults(body), [
      '/bookingDate DATE',
      '/colour UNKNOWN',
      '/customerEmail EMAIL',
      '/customerName LENGTH',
      '/customerPhone PHONE',
      '/dealerCode UNKNOWN_DEALER',
      '/externalId ENCODING',
      '/metadata FORMAT',
      '/notes TYPE',
      '/source NOT_ALLOWED',
      '/status STATUS',
    ]);
    for (const { pointer, message } of body.errors) assert.ok(message.startsWith(`${pointer.slice(1)} `), message);
    assert.deepEqual(faults((await post({})).body), [
      '/bookingDate REQUIRED',
      '/customerName REQUIRED',
      '/dealerCode REQUIRED',
    ]);
    assert.deepEqual(faults((await post(least({ dealerCode: 'DLR009' }))).body), ['/dealerCode INACTIVE_DEALER']);
    assert.deepEqual(faults((await post(least({ customerName: 7 }))).body), ['/customerName TYPE']);
    assert.equal(await count(), before);
  });

  it('is 400 without a JSON object', async () => {
    for (const body of [[], 'x']) assert.equal((await post(body)).status, 400);
    assert.equal((await api.call('POST', CREATE)).status, 400);
  });

  it('is 409 when its external id is taken, and the booking that has it stays', async () => {
    const first = await post(least({ externalId: 'TAKEN' }));
    const again = await post(least({ externalId: 'TAKEN', customerName: 'Other' }), { 'idempotency-key': 'taken' });
    assert.deepEqual(
      [again.status, again.body.code, faults(again.body)],
      [409, 'BOOKING_EXISTS', ['/externalId DUPLICATE']],
    );
    assert.equal((await api.call('GET', `/api/bookings/${first.body.id}`)).body.customerName, 'Asha Rao');
    const free = await post(least({ externalId: 'FREE' }), { 'idempotency-key': 'taken' });
    assert.equal(free.status, 201, 'the key of a request that made nothing can be used again');
  });

  it('with one Idempotency-Key is one booking, however often and whenever it is sent', async () => {
    const headers = { 'idempotency-key': 'desk-1' };
    const before = (await count()) ?? 0;
    const body = least({ customerName: 'Once Only', advisorEmail: 'nobody@example.com' });
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(body, headers)));
    const late = await post(Object.fromEntries(Object.entries(body).reverse()), headers);
    assert.deepEqual(new Set([...answers, late].map(({ status }) => status)), new Set([201]));
    for (const answer of answers) assert.deepEqual(answer.body, late.body);
    assert.equal(await count(), before + 1);
    assert.equal(started.filter((id) => id === late.body.id).length, 1);
    const other = await post({ ...body, customerName: 'Another' }, headers);
    assert.deepEqual([other.status, other.body.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
    const bob = { authorization: `Bearer ${await api.token({ sub: 'bob' })}`, ...headers };
    assert.notEqual((await post(body, bob)).body.id, late.body.id, "another admin's key is another key");
    assert.equal((await post(body, { 'idempotency-key': 'x'.repeat(300) })).status, 400);
  });

  it('keeps within the dealers of the token, and is for admins', async () => {
    const limited = { authorization: `Bearer ${await api.token({ dealers: ['DLR002'] })}` };
    assert.deepEqual((await post(least(), limited)).body.code, 'FORBIDDEN');
    assert.equal((await post(least({ dealerCode: 'DLR002' }), limited)).status, 201);
    const advisor = { authorization: `Bearer ${await api.token({ role: 'advisor', sub: 'ada@example.com' })}` };
    assert.equal((await post(least(), advisor)).status, 403);
  });
});
