import assert from 'node:assert/strict';
import supertest from 'supertest';
import { type RunningApi, startApi } from './running-api.ts';

describe('reference data', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
  });
  after(() => api.stop());

  const dealer = (dealerCode: string, more = {}) => ({ dealerCode, dealerName: `Dealer ${dealerCode}`, ...more });
  const pointers = (body: { errors: { pointer: string }[] }) => body.errors.map((error) => error.pointer);

  it('a dealer is created with its defaults, listed at once, and changed', async () => {
    await api.call('GET', '/api/admin/dealers');
    const made = await api.call('POST', '/api/admin/dealers', { body: dealer('DLR001', { location: 'Köln' }) });
    assert.equal(made.status, 201);
    const expected = {
      dealerCode: 'DLR001',
      dealerName: 'Dealer DLR001',
      location: 'Köln',
      isActive: true,
      settings: {},
    };
    assert.deepEqual(made.body, expected);
    const listed = await api.call('GET', '/api/admin/dealers');
    assert.deepEqual(listed.body, { items: [expected], nextCursor: null });
    const change = { isActive: false, location: null, settings: { timeZone: 'Europe/Berlin' } };
    const changed = await api.call('PATCH', '/api/admin/dealers/DLR001', { body: change });
    assert.deepEqual(changed.body, { ...expected, ...change });
    const after = await api.call('GET', '/api/admin/dealers?isActive=false');
    assert.deepEqual(after.body.items, [changed.body]);
  });

  it('a dealer that exists already is 409, one that does not is 404', async () => {
    await api.call('POST', '/api/admin/dealers', { body: dealer('DLR002') });
    const again = await api.call('POST', '/api/admin/dealers', { body: dealer('DLR002') });
    assert.deepEqual([again.status, again.body.code], [409, 'DEALER_EXISTS']);
    for (const code of ['NOPE', '%00', `x${'y'.repeat(80)}`]) {
      const missing = await api.call('PATCH', `/api/admin/dealers/${code}`, { body: { isActive: true } });
      assert.deepEqual([missing.status, missing.body.code], [404, 'DEALER_NOT_FOUND'], code);
    }
  });

  it('a dealer with a slash in its code can be changed', async () => {
    await api.call('POST', '/api/admin/dealers', { body: dealer('A/B 1') });
    const path = `/api/admin/dealers/${encodeURIComponent('A/B 1')}`;
    assert.equal((await api.call('PATCH', path, { body: { isActive: false } })).status, 200);
  });

  it('settings that Postgres cannot hold, or that nest without end, are a fault of the request', async () => {
    const headers = { authorization: `Bearer ${await api.token()}`, 'content-type': 'application/json' };
    const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
    const texts = ['"\\u0000"', '["b\\udc00"]', '{"\\ud800":1}', `"${'x'.repeat(10_000)}"`, deep];
    for (const text of texts) {
      const init = { method: 'PATCH', headers, body: `{"settings":{"a":${text}}}` };
      const response = await fetch(`${api.url}/api/admin/dealers/DLR-S`, init);
      assert.deepEqual(
        [response.status, pointers((await response.json()) as Parameters<typeof pointers>[0])],
        [400, ['/settings']],
      );
    }
  });

  it('a body is judged whole: every fault with its pointer', async () => {
    const body = {
      dealerName: '',
      location: 7,
      isActive: 'yes',
      colour: 'red',
      settings: { timeZone: 'Mars/Olympus', waitlist: 'no', reminderHours: '24', noShowHours: -1, reopenHours: 43_801 },
    };
    const refused = await api.call('POST', '/api/admin/dealers', { body });
    assert.deepEqual([refused.status, refused.body.code], [400, 'INVALID_REQUEST']);
    assert.deepEqual(
      pointers(refused.body).sort(),
      [
        '/colour',
        '/dealerCode',
        '/dealerName',
        '/isActive',
        '/location',
        '/settings/timeZone',
        '/settings/waitlist',
        '/settings/reminderHours',
        '/settings/noShowHours',
        '/settings/reopenHours',
      ].sort(),
    );
  });

  it('text that Postgres cannot hold is a fault of the request', async () => {
    for (const name of ['a\0b', 'a\ud800b']) {
      const refused = await api.call('POST', '/api/admin/dealers', { body: dealer('DLR009', { dealerName: name }) });
      assert.deepEqual([refused.status, pointers(refused.body)], [400, ['/dealerName']]);
    }
  });

  describe('with an Idempotency-Key', () => {
    const make = async (what: string, key: string, body: object, sub = 'alice') =>
      api.call('POST', `/api/admin/${what}`, {
        headers: { authorization: `Bearer ${await api.token({ sub })}`, 'idempotency-key': key },
        body,
      });
    const MADE = {
      dealers: dealer('KEY1', { settings: { waitlist: false } }),
      advisors: { email: 'key@example.com', name: 'Key', dealerCodes: ['KEY1'] },
      variants: { code: 'KEY-1', name: 'Key' },
    };
    for (const [what, body] of Object.entries(MADE))
      it(`one of ${what} is made once, however often it is asked for, two at once as well`, async () => {
        const key = `make-${what}`;
        const [first, second] = await Promise.all([make(what, key, body), make(what, key, body)]);
        const third = await make(what, key, body);
        assert.deepEqual([first.status, second.status, third.status], [201, 201, 201]);
        assert.deepEqual([second.body, third.body], [first.body, first.body]);
        const other = await make(what, key, { ...body, reason: 'another request' });
        assert.deepEqual([other.status, other.body.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
        assert.equal((await make(what, `${key}-2`, body)).status, 409);
      });

    it('two that differ and are made at once are one, and a refusal', async () => {
      const answers = await Promise.all(['KEY7', 'KEY8', 'KEY9'].map((code) => make('dealers', 'k7', dealer(code))));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422, 422]);
      const { body } = await api.call('GET', '/api/admin/dealers?text=KEY');
      const codes = body.items.map((item: { dealerCode: string }) => item.dealerCode);
      assert.equal(codes.filter((code: string) => /KEY[789]/.test(code)).length, 1);
    });

    it('a key is its sender’s, and not of a change', async () => {
      assert.equal((await make('dealers', 'k', dealer('KEY2'))).status, 201);
      assert.equal((await make('dealers', 'k', dealer('KEY3'), 'bob')).status, 201);
      for (const location of ['Pune', 'Delhi']) {
        const headers = { authorization: `Bearer ${await api.token()}`, 'idempotency-key': 'k' };
        const changed = await api.call('PATCH', '/api/admin/dealers/KEY2', { headers, body: { location } });
        assert.deepEqual([changed.status, changed.body.location], [200, location]);
      }
      assert.equal((await make('dealers', ' ', dealer('KEY4'))).status, 400);
    });
  });

  it('a timer is hours, or off', async () => {
    const settings = { reminderHours: 0.5, noShowHours: null, rescheduleHours: false, reopenHours: 0 };
    const made = await api.call('POST', '/api/admin/dealers', { body: dealer('TIMERS', { settings }) });
    assert.deepEqual([made.status, made.body.settings], [201, settings]);
  });

  const DEALER = JSON.stringify(dealer('BODY'));
  const JSON_TYPE = 'application/json';
  for (const [what, type, body, status, code] of [
    ['no JSON', JSON_TYPE, '{"dealerCode":', 400, 'INVALID_REQUEST'],
    ['no object', JSON_TYPE, '[]', 400, 'INVALID_REQUEST'],
    ['empty', JSON_TYPE, '', 400, 'INVALID_REQUEST'],
    ['a text', JSON_TYPE, '"x"', 400, 'INVALID_REQUEST'],
    ['null', JSON_TYPE, 'null', 400, 'INVALID_REQUEST'],
    ['too large', JSON_TYPE, JSON.stringify({ dealerCode: 'x'.repeat(300_000) }), 413, 'BODY_TOO_LARGE'],
    ['of another type', 'text/plain', DEALER, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['in an encoding that nobody knows', `${JSON_TYPE}; charset=ebcdic`, DEALER, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['JSON by another name', 'application/merge-patch+json', DEALER, 201, undefined],
  ] as const)
    it(`a body that is ${what} is ${status}`, async () => {
      const headers = { authorization: `Bearer ${await api.token()}`, 'content-type': type };
      const response = await fetch(`${api.url}/api/admin/dealers`, { method: 'POST', headers, body });
      const told = (await response.json()) as { code?: string; detail?: string };
      assert.deepEqual([response.status, told.code], [status, code], told.detail);
    });

  it('a change of nothing is 400', async () => {
    const empty = await api.call('PATCH', '/api/admin/dealers/DLR001', { body: {} });
    assert.equal(empty.status, 400);
  });

  it('a list pages by its cursor and neither skips nor repeats a dealer while others are created', async () => {
    for (const n of ['10', '20', '30', '40', '50'])
      await api.call('POST', '/api/admin/dealers', { body: dealer(`P${n}`) });
    const first = await api.call('GET', '/api/admin/dealers?text=Dealer%20P&limit=2');
    await api.call('POST', '/api/admin/dealers', { body: dealer('P05') });
    await api.call('POST', '/api/admin/dealers', { body: dealer('P35') });
    const codes = first.body.items.map((item: { dealerCode: string }) => item.dealerCode);
    for (let cursor = first.body.nextCursor; cursor; ) {
      const page = await api.call('GET', `/api/admin/dealers?text=Dealer%20P&limit=2&cursor=${cursor}`);
      codes.push(...page.body.items.map((item: { dealerCode: string }) => item.dealerCode));
      cursor = page.body.nextCursor;
    }
    assert.deepEqual(codes, ['P10', 'P20', 'P30', 'P35', 'P40', 'P50']);
  });

  it('a limit, a cursor or a filter that is not right is 400 with its pointer', async () => {
    for (const [query, pointer] of [
      ['limit=0', '/limit'],
      ['limit=201', '/limit'],
      ['limit=ten', '/limit'],
      ['limit=1&limit=2', '/limit'],
      ['cursor=%00', '/cursor'],
      ['cursor=AA', '/cursor'],
      ['cursor=*', '/cursor'],
      ['isActive=maybe', '/isActive'],
      ['text=%00', '/text'],
      ['colour=red', '/colour'],
    ]) {
      const refused = await api.call('GET', `/api/admin/dealers?${query}`);
      assert.deepEqual([refused.status, refused.body.code], [400, 'INVALID_REQUEST'], query);
      assert.deepEqual(pointers(refused.body), [pointer], query);
    }
  });

  it('an unchanged list is 304 for whoever has it, and a changed one is not', async () => {
    const listed = await api.call('GET', '/api/admin/variants');
    const tag = listed.headers.get('etag') ?? '';
    assert.equal(listed.headers.get('cache-control'), 'private, no-cache');
    const authorization = `Bearer ${await api.token()}`;
    // Not fetch: it adds `Cache-Control: no-cache` to a request with a condition of its own.
    const asked = () => supertest(api.url).get('/api/admin/variants').set({ authorization, 'if-none-match': tag });
    assert.equal((await asked()).status, 304);
    const made = await api.call('POST', '/api/admin/variants', { body: { code: 'GOLF-8', name: 'Golf VIII' } });
    assert.deepEqual([made.status, made.body], [201, { code: 'GOLF-8', name: 'Golf VIII' }]);
    const changed = await asked();
    assert.deepEqual([changed.status, changed.body.items], [200, [made.body]]);
    const again = await api.call('POST', '/api/admin/variants', { body: { code: 'GOLF-8', name: 'Golf' } });
    assert.deepEqual([again.status, again.body.code], [409, 'VARIANT_EXISTS']);
  });

  it('an advisor serves known dealers, the first of them is home', async () => {
    const dealerCodes = ['H2', 'H1'];
    for (const code of ['H1', 'H2']) await api.call('POST', '/api/admin/dealers', { body: dealer(code) });
    const input = { email: 'ada@example.com', name: 'Ada', dealerCodes };
    const made = await api.call('POST', '/api/admin/advisors', { body: input });
    assert.equal(made.status, 201);
    const { id, ...rest } = made.body;
    assert.deepEqual(rest, { ...input, isActive: true });
    const changed = await api.call('PATCH', `/api/admin/advisors/${id}`, {
      body: { dealerCodes: ['H1'], name: 'Ada L.' },
    });
    assert.deepEqual(changed.body, { ...made.body, dealerCodes: ['H1'], name: 'Ada L.' });
    assert.deepEqual((await api.call('GET', '/api/admin/advisors')).body.items, [changed.body]);
  });

  it('an advisor with an unknown dealer is a fault of the body, a taken e-mail is 409, an unknown advisor 404', async () => {
    const body = { email: 'bob@example.com', name: 'Bob', dealerCodes: ['NOPE'] };
    const unknown = await api.call('POST', '/api/admin/advisors', { body });
    assert.deepEqual([unknown.status, pointers(unknown.body)], [400, ['/dealerCodes']]);
    await api.call('POST', '/api/admin/advisors', { body: { ...body, dealerCodes: [] } });
    const taken = await api.call('POST', '/api/admin/advisors', {
      body: { ...body, dealerCodes: [], email: 'BOB@example.com' },
    });
    assert.deepEqual([taken.status, taken.body.code], [409, 'ADVISOR_EXISTS']);
    const missing = await api.call('PATCH', '/api/admin/advisors/01ARZ3NDEKTSV4RRFFQ69G5FAV', { body: { name: 'X' } });
    assert.deepEqual([missing.status, missing.body.code], [404, 'ADVISOR_NOT_FOUND']);
    const bad = await api.call('POST', '/api/admin/advisors', { body: { email: 'nobody', name: 'N' } });
    assert.deepEqual(pointers(bad.body), ['/email']);
  });
});
