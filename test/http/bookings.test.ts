import assert from 'node:assert/strict';
import { run } from '../../db/query.ts';
import { type Answered, type RunningApi, startApi } from './running-api.ts';

const LIST = '/api/bookings';
const OWN = '/api/advisor/bookings';

describe('the bookings that a caller sees', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
    await run(
      api.db,
      `insert into dealers (id, dealer_code, dealer_name) values ('d1', 'DLR001', 'One'), ('d2', 'DLR002', 'Two')`,
    );
    await run(
      api.db,
      `insert into advisors (id, email, name) values ('a1', 'ada@example.com', 'Ada'), ('a2', 'bob@example.com', 'Bob')`,
    );
    await run(
      api.db,
      `insert into bookings (id, external_id, dealer_id, customer_name, advisor_id, booking_date, status, version, created_at)
       select 'b' || n, 'X-' || n, 'd' || (1 + n % 2), 'Customer ' || n, case when n < 4 then 'a1' when n < 6 then 'a2' end,
         timestamptz '2027-03-01' + n * interval '1 day', case when n < 6 then 'ASSIGNED' else 'PENDING' end, n,
         timestamptz '2026-01-01' + n * interval '1 hour'
       from generate_series(1, 9) n`,
    );
  });
  after(() => api.stop());

  const as = async (claims: object, path: string, headers = {}) =>
    api.call('GET', path, { headers: { authorization: `Bearer ${await api.token(claims)}`, ...headers } });
  const ada = { role: 'advisor', sub: 'ADA@example.com' } as const;
  const ids = ({ status, body }: Answered) => {
    assert.equal(status, 200, JSON.stringify(body));
    return body.items.map(({ id }: { id: string }) => id).join(' ');
  };
  const code = ({ status, body }: Answered) => [status, body.code];

  it('are all for an admin, newest first, and those of the dealers of a limited token', async () => {
    assert.equal(ids(await as({}, LIST)), 'b9 b8 b7 b6 b5 b4 b3 b2 b1');
    assert.equal(ids(await as({ dealers: ['DLR001'] }, LIST)), 'b8 b6 b4 b2');
  });

  it('are the own ones for an advisor, at both addresses', async () => {
    for (const path of [LIST, OWN]) {
      assert.equal(ids(await as(ada, path)), 'b3 b2 b1');
      assert.equal(ids(await as({ ...ada, sub: 'nobody@example.com' }, path)), '');
    }
    assert.equal(ids(await as(ada, `${LIST}?advisor=a2`)), '');
  });

  it('are filtered and sorted as asked', async () => {
    assert.equal(ids(await as({}, `${LIST}?status=PENDING&dealer=DLR002`)), 'b9 b7');
    assert.equal(ids(await as({}, `${LIST}?status=PENDING,ASSIGNED&advisor=bob@example.com`)), 'b5 b4');
    assert.equal(ids(await as({}, `${LIST}?status=PENDING&status=CANCELLED&sort=bookingDate`)), 'b6 b7 b8 b9');
    assert.equal(ids(await as({}, `${LIST}?from=2027-03-04&to=2027-03-06&sort=createdAt`)), 'b3 b4');
    assert.equal(ids(await as(ada, `${OWN}?text=mer%202`)), 'b2');
  });

  it('come in pages, each with the cursor of the next', async () => {
    const first = await as({}, `${LIST}?limit=4&sort=-bookingDate`);
    assert.equal(ids(first), 'b9 b8 b7 b6');
    const second = await as({}, `${LIST}?limit=4&sort=-bookingDate&cursor=${first.body.nextCursor}`);
    assert.equal(ids(second), 'b5 b4 b3 b2');
    const last = await as({}, `${LIST}?limit=4&sort=-bookingDate&cursor=${second.body.nextCursor}`);
    assert.deepEqual([ids(last), last.body.nextCursor], ['b1', null]);
  });

  it('answer a question that is not right with 400 and a pointer for each fault', async () => {
    const { nextCursor } = (await as({}, `${LIST}?limit=1`)).body;
    const cursorOf = (text: string) => Buffer.from(text).toString('base64url');
    for (const [query, ...expected] of [
      ['status=OPEN', '/status'],
      ['status=PENDING,', '/status'],
      ['source=fax', '/source'],
      ['sort=name', '/sort'],
      ['limit=0', '/limit'],
      ['limit=201', '/limit'],
      ['from=tomorrow', '/from'],
      ['from=2027-03-02&to=2027-03-02', '/to'],
      ['text=', '/text'],
      ['dealer=%00', '/dealer'],
      ['import=i%201', '/import'],
      ['page=2', '/page'],
      [`cursor=${nextCursor}&sort=bookingDate`, '/cursor'],
      [`cursor=${cursorOf('-createdAt 1 x;y')}`, '/cursor'],
      [`cursor=${cursorOf(`-createdAt ${'9'.repeat(18)} b1`)}`, '/cursor'],
      ['cursor=*', '/cursor'],
      ['status=OPEN&limit=x&colour=red', '/status', '/limit', '/colour'],
    ] as [string, ...string[]][]) {
      const { status, body } = await as({}, `${LIST}?${query}`);
      assert.deepEqual([status, body.code], [400, 'INVALID_REQUEST'], query);
      const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
      assert.deepEqual(pointers.sort(), expected.sort(), query);
    }
    assert.equal((await as(ada, `${OWN}?advisor=a2`)).status, 400);
    for (const edge of ['9'.repeat(17), `-${'9'.repeat(17)}`])
      assert.equal((await as({}, `${LIST}?cursor=${cursorOf(`-createdAt ${edge} b1`)}`)).status, 200, edge);
  });

  it('need a token of the right role', async () => {
    for (const path of [LIST, `${LIST}/b1`, OWN]) assert.equal((await fetch(`${api.url}${path}`)).status, 401, path);
    assert.deepEqual(code(await as({}, OWN)), [403, 'FORBIDDEN']);
    assert.deepEqual(code(await as(ada, '/api/admin/bookings/imports')), [403, 'FORBIDDEN']);
  });

  describe('one by one', () => {
    it('are shown whole to the admin and to their advisor, with their version as ETag', async () => {
      for (const claims of [{}, ada]) {
        const shown = await as(claims, `${LIST}/b3`);
        assert.equal(shown.status, 200);
        assert.equal(shown.headers.get('etag'), '"3"');
        const listed = await as({}, `${LIST}?text=X-3`);
        assert.deepEqual(shown.body, listed.body.items[0]);
      }
    });

    it('are 404 to everybody else, as what is not there', async () => {
      for (const [claims, id] of [
        [ada, 'b4'],
        [{ dealers: ['DLR001'] }, 'b3'],
        [{}, 'b99'],
        [{}, '%00'],
        [{}, 'x'.repeat(50)],
      ] as const)
        assert.deepEqual(code(await as(claims, `${LIST}/${id}`)), [404, 'BOOKING_NOT_FOUND'], id);
    });

    it('are 304 for whoever has the version, and sent anew when it has moved', async () => {
      for (const tag of ['"3"', 'W/"3"', '"1", "3"', '*']) {
        const known = await as({}, `${LIST}/b3`, { 'if-none-match': tag });
        assert.deepEqual([known.status, known.body, known.headers.get('etag')], [304, '', '"3"'], tag);
      }
      assert.equal((await as({}, `${LIST}/b3`, { 'if-none-match': '"2"' })).status, 200);
    });
  });

  it('are read-only at these addresses: another method is 405 with what is allowed', async () => {
    const refused = await api.call('DELETE', `${LIST}/b1`);
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET']);
  });
});
