import assert from 'node:assert/strict';
import { SignJWT } from 'jose';
import { rows, run } from '../../db/query.ts';
import { waitFor } from '../support/wait-for.ts';
import { openRaw } from './raw-client.ts';
import { type RunningApi, startApi } from './running-api.ts';

const DEALERS = '/api/admin/dealers';
const IMPORTS = '/api/admin/bookings/imports';
const FILE = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';

describe('the access log', function () {
  this.timeout(60_000);
  let api: RunningApi;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.stop());

  const list = async (query = '') => {
    await api.flushAccesses();
    return (await api.call('GET', `/api/admin/access-log${query}`)).body;
  };
  const told = async (query = '') =>
    (await list(query)).items
      // Reading it is recorded as well.
      .filter((access: { route: string }) => access.route !== '/api/admin/access-log')
      .map(({ method, route, status }: Record<string, unknown>) => `${method} ${route} ${status}`);
  const as = async (claims: object) => ({ authorization: `Bearer ${await api.token(claims)}` });

  it('tells who changed something, from where, by which request, to what end', async () => {
    const headers = { 'user-agent': 'a browser', 'x-request-id': 'trace-1' };
    const body = { dealerCode: 'DLR001', dealerName: 'One' };
    await api.call('POST', DEALERS, { body, headers });
    const again = await api.call('POST', DEALERS, { body });
    const [refused, made] = (await list()).items;
    const { id, at, ...rest } = made;
    assert.deepEqual(rest, {
      ...{ subject: 'alice', role: 'admin', ip: '127.0.0.1', userAgent: 'a browser', requestId: 'trace-1' },
      ...{ method: 'POST', route: DEALERS, status: 201, objectId: null, failure: null, failureDetail: null },
    });
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000 && id < refused.id);
    assert.deepEqual(
      [refused.status, refused.failure, refused.failureDetail, refused.requestId],
      [409, 'DEALER_EXISTS', null, again.headers.get('x-request-id')],
    );
  });

  it('names the import that was made, and the one that a path names', async () => {
    const { id } = (await api.upload('/api/admin/bookings/import', { content: FILE })).body;
    await api.call('DELETE', `${IMPORTS}/${id}`);
    await api.call('DELETE', `${IMPORTS}/Asha-Rao`);
    const { items } = await list();
    assert.deepEqual(
      items.map((access: Record<string, unknown>) => [access.route, access.objectId]),
      [
        [`${IMPORTS}/:id`, null],
        [`${IMPORTS}/:id`, id],
        ['/api/admin/bookings/import', id],
      ],
    );
  });

  it('tells of reads of many customers, and not of lists of imports or dealers', async () => {
    const { id } = (await api.upload('/api/admin/bookings/import', { content: FILE })).body;
    const many = ['/api/bookings?text=Asha', `${IMPORTS}/${id}/rows`, `${IMPORTS}/${id}/errors`, '/api/admin/audit'];
    for (const path of [...many, IMPORTS, `${IMPORTS}/${id}`, DEALERS, '/api/admin/bookings/stats', '/api/admin/none'])
      await api.call('GET', path);
    assert.deepEqual(await told(), [
      'GET /api/admin/audit 200',
      `GET ${IMPORTS}/:id/errors 200`,
      `GET ${IMPORTS}/:id/rows 200`,
      'GET /api/bookings 200',
      'POST /api/admin/bookings/import 202',
    ]);
    const all = await rows<{ all: string }>(api.owner, `select string_agg(a::text, ' ') as all from access_log a`);
    assert.doesNotMatch(all[0]?.all ?? '', /Asha|Bearer|eyJ/);
  });

  it('tells which token was refused, why, and from which address, but not of a caller without one', async () => {
    const other = await new SignJWT({ role: 'admin' }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32));
    for (const authorization of [`Bearer ${other}`, 'Basic YWxpY2U6cHc='])
      await api.call('GET', `${IMPORTS}?text=Asha`, { headers: { authorization } });
    const expired = await as({ ttl: '-1h' });
    await api.call('PATCH', '/api/bookings/B1/reschedule', { headers: expired, body: {} });
    await fetch(`${api.url}${IMPORTS}`);
    const { items } = await list();
    assert.deepEqual(
      items.map((access: Record<string, unknown>) => [access.route, access.status, access.failureDetail]),
      [
        ['/api/bookings', 401, 'The bearer token is not accepted: it has expired.'],
        [
          '/api/admin',
          401,
          'The bearer token is not accepted: the Authorization header must read "Bearer" and a token.',
        ],
        ['/api/admin', 401, 'The bearer token is not accepted: it does not verify.'],
      ],
    );
    for (const access of items) assert.deepEqual([access.ip, access.subject], ['127.0.0.1', null]);
  });

  it('tells who asked for what his role may not', async () => {
    await api.call('GET', IMPORTS, { headers: await as({ sub: 'bo@dealers.example', role: 'advisor' }) });
    const [access] = (await list('?subject=bo@dealers.example')).items;
    assert.deepEqual(
      [access.role, access.status, access.failure, access.failureDetail],
      ['advisor', 403, 'FORBIDDEN', 'This needs the role admin.'],
    );
  });

  it('tells of a caller who hung up', async () => {
    await run(
      api.owner,
      'create function slow() returns trigger language plpgsql as $$begin perform pg_sleep(1); return new; end$$',
    );
    await run(api.owner, 'create trigger slow before insert on dealers for each row execute function slow()');
    const socket = await openRaw(api.port);
    const { authorization } = await as({});
    const body = JSON.stringify({ dealerCode: 'DLR001', dealerName: 'One' });
    const head = `POST ${DEALERS} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json`;
    socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    const sleeping = `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
    await waitFor(async () => (await rows(api.owner, sleeping)).length > 0);
    socket.destroy();
    await waitFor(async () => (await told()).length > 0);
    const [access] = (await list('?status=499')).items;
    assert.deepEqual([access.route, access.subject, access.failure], [DEALERS, 'alice', 'CONNECTION_CLOSED']);
  });

  it('is filtered by who, where from, when and how it ended', async () => {
    await api.call('POST', DEALERS, { body: { dealerCode: 'DLR001', dealerName: 'One' } });
    await api.call('POST', DEALERS, { body: {}, headers: await as({ sub: 'bob' }) });
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const [good, bad] = [`POST ${DEALERS} 201`, `POST ${DEALERS} 400`];
    assert.deepEqual(await told('?subject=bob'), [bad]);
    assert.deepEqual(await told('?status=201'), [good]);
    for (const all of ['?ip=127.0.0.1', '?ip=127.0.0.0/8', '?from=2020-01-01', `?to=${tomorrow}`])
      assert.deepEqual(await told(all), [bad, good], all);
    for (const none of ['?ip=10.0.0.0/8', '?to=2020-01-01', `?from=${tomorrow}`])
      assert.deepEqual(await told(none), []);
    assert.equal((await api.call('GET', '/api/admin/access-log?ip=nowhere')).status, 400);
  });

  it('is listed newest first by pages that neither repeat nor leave out', async () => {
    for (let n = 0; n < 5; n += 1)
      await api.call('POST', DEALERS, {
        body: { dealerCode: `D${n}`, dealerName: 'D' },
        headers: await as({ sub: `a${n}` }),
      });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: { subject: string }[]; nextCursor: string | null } = await list(
        `?status=201&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map((access) => access.subject));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, ['a4', 'a3', 'a2', 'a1', 'a0']);
  });

  it('is for admins of all dealers alone', async () => {
    for (const claims of [{ dealers: ['DLR001'] }, { role: 'advisor' as const }]) {
      const refused = await api.call('GET', '/api/admin/access-log', { headers: await as(claims) });
      assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
    }
  });
});
