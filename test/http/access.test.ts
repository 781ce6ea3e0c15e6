import assert from 'node:assert/strict';
import express, { Router } from 'express';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { run } from '../../db/query.ts';
import { refuseUnlisted, routesOf } from '../../src/http/routes.ts';
import { loadLocalKeys } from '../../src/local-keys.ts';
import { AUTH, type RunningApi, startApi } from './running-api.ts';

// Every route with every kind of caller. What a route names is of dealer DLR001: the booking b1, whose advisor is the
// owner, and the import i1, whose admin was limited to it. There is no Temporal, so that a command is taken (202) and
// never carried out, and an uploaded file never read, which an erasure waits for. A new route needs a line here, and a
// body below if it takes one.
const TABLE = `
                                                no  expired forged alg   | owner other   | admin of DLR001
                                               token               none  |       advisor |     of DLR002
                                                                         |               |         of all
  GET    /                                      302  302     302    302  |  302    302   | 302 302 302
  GET    /healthz                               200  200     200    200  |  200    200   | 200 200 200
  GET    /readyz                                503  503     503    503  |  503    503   | 503 503 503
  GET    /metrics                               200  200     200    200  |  200    200   | 200 200 200
  GET    /openapi.json                          200  200     200    200  |  200    200   | 200 200 200
  GET    /docs                                  200  200     200    200  |  200    200   | 200 200 200
  GET    /docs/assets/:name                     200  200     200    200  |  200    200   | 200 200 200
  GET    /docs/start.js                         200  200     200    200  |  200    200   | 200 200 200
  POST   /api/admin/bookings                    401  401     401    401  |  403    403   | 201 403 201
  POST   /api/admin/bookings/preview            401  401     401    401  |  403    403   | 200 200 200
  POST   /api/admin/bookings/validate           401  401     401    401  |  403    403   | 202 202 202
  POST   /api/admin/bookings/import             401  401     401    401  |  403    403   | 202 202 202
  GET    /api/admin/bookings/imports            401  401     401    401  |  403    403   | 200 200 200
  GET    /api/admin/bookings/imports/:id        401  401     401    401  |  403    403   | 200 404 200
  DELETE /api/admin/bookings/imports/:id        401  401     401    401  |  403    403   | 409 404 409
  GET    /api/admin/bookings/imports/:id/progress 401 401    401    401  |  403    403   | 200 404 200
  GET    /api/admin/bookings/imports/:id/rows   401  401     401    401  |  403    403   | 200 404 200
  GET    /api/admin/bookings/imports/:id/errors 401  401     401    401  |  403    403   | 200 404 200
  POST   /api/admin/bookings/imports/:id/retry  401  401     401    401  |  403    403   | 409 404 409
  POST   /api/admin/bookings/imports/:id/pause  401  401     401    401  |  403    403   | 409 404 409
  POST   /api/admin/bookings/imports/:id/resume 401  401     401    401  |  403    403   | 409 404 409
  POST   /api/admin/bookings/imports/:id/undo   401  401     401    401  |  403    403   | 409 404 409
  GET    /api/admin/bookings/stats              401  401     401    401  |  403    403   | 200 200 200
  PATCH  /api/admin/bookings/:id/assign         401  401     401    401  |  403    403   | 202 404 202
  PATCH  /api/admin/bookings/:id/status         401  401     401    401  |  403    403   | 202 404 202
  POST   /api/admin/bookings/:id/notes          401  401     401    401  |  403    403   | 202 404 202
  GET    /api/admin/dealers                     401  401     401    401  |  403    403   | 200 200 200
  POST   /api/admin/dealers                     401  401     401    401  |  403    403   | 403 403 201
  PATCH  /api/admin/dealers/:dealerCode         401  401     401    401  |  403    403   | 200 404 200
  GET    /api/admin/advisors                    401  401     401    401  |  403    403   | 200 200 200
  POST   /api/admin/advisors                    401  401     401    401  |  403    403   | 201 403 201
  PATCH  /api/admin/advisors/:id                401  401     401    401  |  403    403   | 200 404 200
  GET    /api/admin/variants                    401  401     401    401  |  403    403   | 200 200 200
  POST   /api/admin/variants                    401  401     401    401  |  403    403   | 403 403 201
  POST   /api/admin/reconcile                   401  401     401    401  |  403    403   | 403 403 503
  POST   /api/admin/customers/erase             401  401     401    401  |  403    403   | 403 403 409
  POST   /api/admin/customers/export            401  401     401    401  |  403    403   | 403 403 200
  POST   /api/admin/codec/decode                401  401     401    401  |  403    403   | 403 403 200
  GET    /api/admin/audit                       401  401     401    401  |  403    403   | 403 403 200
  GET    /api/admin/access-log                  401  401     401    401  |  403    403   | 403 403 200
  GET    /api/advisor/bookings                  401  401     401    401  |  200    200   | 403 403 403
  PATCH  /api/advisor/bookings/:id/status       401  401     401    401  |  202    404   | 403 403 403
  GET    /api/advisor/bookings/:id/history      401  401     401    401  |  200    404   | 403 403 403
  POST   /api/advisor/bookings/:id/notes        401  401     401    401  |  202    404   | 403 403 403
  GET    /api/bookings                          401  401     401    401  |  200    200   | 200 200 200
  GET    /api/bookings/:id                      401  401     401    401  |  200    404   | 200 404 200
  GET    /api/bookings/:id/lifecycle            401  401     401    401  |  200    404   | 200 404 200
  GET    /api/bookings/:id/audit                401  401     401    401  |  200    404   | 200 404 200
  PATCH  /api/bookings/:id/reschedule           401  401     401    401  |  202    404   | 202 404 202
  GET    /api/notifications                     401  401     401    401  |  200    200   | 200 200 200
  GET    /api/notifications/stream              401  401     401    401  |  200    200   | 200 200 200
`;

const CALLERS = [
  ...['no token', 'an expired token', 'a forged token', 'alg none'],
  ...['the owner', 'another advisor', 'an admin of its dealer', 'an admin of another dealer', 'an admin of all'],
] as const;
type CallerKind = (typeof CALLERS)[number];

/** What routes take, each time another one: what is there already would be refused for that. */
const BODIES: Record<string, (n: number) => unknown> = {
  'POST /api/admin/bookings': () => ({ customerName: 'Ada', dealerCode: 'DLR001', bookingDate: '2027-01-01' }),
  'PATCH /api/admin/bookings/:id/assign': () => ({ strategy: 'round_robin' }),
  'PATCH /api/admin/bookings/:id/status': () => ({ status: 'CANCELLED' }),
  'POST /api/admin/bookings/:id/notes': () => ({ note: 'called' }),
  'POST /api/admin/dealers': (n) => ({ dealerCode: `NEW${n}`, dealerName: 'New' }),
  'PATCH /api/admin/dealers/:dealerCode': () => ({ settings: { waitlist: true } }),
  'POST /api/admin/advisors': (n) => ({ email: `new${n}@example.com`, name: 'New', dealerCodes: ['DLR001'] }),
  'PATCH /api/admin/advisors/:id': () => ({ name: 'Ada L.' }),
  'POST /api/admin/variants': (n) => ({ code: `NEW${n}`, name: 'New' }),
  'POST /api/admin/customers/erase': () => ({ email: 'nobody@example.com', reason: 'asked', dryRun: true }),
  'POST /api/admin/customers/export': () => ({ email: 'nobody@example.com', reason: 'asked' }),
  'POST /api/admin/codec/decode': () => ({ payloads: [] }),
  'PATCH /api/advisor/bookings/:id/status': () => ({ status: 'IN_PROGRESS' }),
  'POST /api/advisor/bookings/:id/notes': () => ({ note: 'called' }),
  'PATCH /api/bookings/:id/reschedule': () => ({ bookingDate: '2099-01-01T10:00:00Z' }),
};
const UPLOADS = ['preview', 'validate', 'import'].map((name) => `POST /api/admin/bookings/${name}`);

/** The parameters of paths by what stands before them. */
const NAMED: [string, string][] = [
  ['/imports/:id', '/imports/i1'],
  ['/advisors/:id', '/advisors/a1'],
  ['/assets/:name', '/assets/swagger-ui.css'],
  ['/dealers/:dealerCode', '/dealers/DLR001'],
  ['/bookings/:id', '/bookings/b1'],
];

const ROWS = TABLE.split('\n')
  .filter((line) => / (GET|POST|PATCH|DELETE) /.test(line))
  .map((line) => {
    const [method, path, ...statuses] = line.replaceAll('|', ' ').trim().split(/\s+/);
    return { route: `${method} ${path}`, statuses: statuses.map(Number) };
  });

const GIVEN = `
  insert into dealers (id, dealer_code, dealer_name) values ('d1', 'DLR001', 'One'), ('d2', 'DLR002', 'Two');
  insert into advisors (id, email, name) values ('a1', 'ada@example.com', 'Ada'), ('a2', 'bob@example.com', 'Bob');
  insert into advisor_dealers values ('a1', 'd1', true), ('a2', 'd1', true);
  insert into bookings (id, dealer_id, customer_name, advisor_id, status, booking_date)
    values ('b1', 'd1', 'Ravi', 'a1', 'ASSIGNED', '2099-01-01');
  insert into booking_imports (id, admin_id, filename, original_filename, file_size, sha256, status, dealer_codes,
      import_settings, completed_at)
    values ('i1', 'carol', 'a.csv', 'a.csv', 1, repeat('0', 64), 'COMPLETED', '{DLR001}', '{}', '2020-01-01');`;

describe('access', function () {
  this.timeout(120_000);
  let api: RunningApi;
  let tokens: Record<CallerKind, string | undefined>;
  before(async () => {
    api = await startApi();
    await run(api.db, GIVEN);
    tokens = await makeTokens(api);
  });
  after(() => api.stop());

  it('has a line in this table for every route of the app, each with every caller', () => {
    assert.deepEqual(ROWS.map(({ route }) => route).sort(), routesOf(api.app).sort());
    for (const { route, statuses } of ROWS) assert.equal(statuses.length, CALLERS.length, route);
  });

  it('is for nobody to a route that the permissions do not know: the app does not start with it', () => {
    const app = express().use(Router().use(Router().get('/api/admin/secrets', () => {})));
    assert.deepEqual(routesOf(app), ['GET /api/admin/secrets']);
    assert.throws(() => refuseUnlisted(app), /PERMISSIONS has no row for GET \/api\/admin\/secrets/);
    refuseUnlisted(express().use(Router().get('/api/bookings', () => {})));
    assert.throws(() => refuseUnlisted(express().use(Router().post('/api/bookings', () => {}))));
  });

  for (const { route, statuses } of ROWS)
    it(`to ${route} is as in the table`, async () => {
      for (const [n, caller] of CALLERS.entries()) {
        const answered = await call(api, route, { token: tokens[caller], n });
        assert.equal(answered.status, statuses[n], `${caller} ${answered.text}`);
        // That there is no such address would be 404 as well.
        if (answered.status === 404) assert.match(answered.text, /"code":"[A-Z]+_NOT_FOUND"/);
      }
    });

  it('is the same however an address is spelt, and so is its name in the metrics', async () => {
    const headers = { authorization: `Bearer ${tokens['the owner']}` };
    for (const [path, status] of [
      ['/API/Admin/bookings/imports', 403],
      ['/api/admin/BOOKINGS/imports/', 403],
      ['/api/admin/%62ookings/imports', 404],
      ['/api/./admin//bookings/imports', 404],
    ] as const) {
      assert.equal((await fetch(`${api.url}${path}`)).status, 401, path);
      assert.equal((await fetch(`${api.url}${path}`, { headers })).status, status, path);
    }
    const { body } = await api.call('GET', '/metrics');
    assert.doesNotMatch(body, /route="\/(API|api\/admin\/BOOK|api\/admin\/%62)/);
  });

  it('to ask for a head is that to ask for the whole', async () => {
    const ask = async (caller: CallerKind, path: string) =>
      (
        await fetch(`${api.url}${path}`, {
          method: 'HEAD',
          headers: { authorization: `Bearer ${tokens[caller]}` },
        })
      ).status;
    const list = '/api/admin/bookings/imports';
    assert.deepEqual([await ask('the owner', list), await ask('an admin of all', list)], [403, 200]);
    assert.equal(await ask('an admin of another dealer', `${list}/i1`), 404);
    for (const stream of [`${list}/i1/progress`, '/api/notifications/stream'])
      assert.equal(await ask('an admin of all', stream), 200, 'and ends, where GET would go on');
  });

  it('without a token tells not even which addresses there are', async () => {
    for (const path of ['/api', '/api/nowhere', '/api/admin/nowhere', '/api/bookings/%E0%A4%A'])
      assert.equal((await fetch(`${api.url}${path}`)).status, 401, path);
    assert.equal((await api.call('GET', '/api/admin/nowhere')).status, 404);
  });

  it('is refused before a body is read', async () => {
    const body = `{"dealerCode": ${'['.repeat(100_000)}`;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens['the owner']}` };
    assert.equal((await fetch(`${api.url}/api/admin/dealers`, { method: 'POST', headers, body })).status, 403);
  });

  it('says to a limited admin for whom a route is', async () => {
    const headers = { authorization: `Bearer ${tokens['an admin of its dealer']}` };
    const { body } = await api.call('POST', '/api/admin/reconcile', { headers });
    assert.equal(body.code, 'FORBIDDEN');
    assert.match(body.detail, /admin of all dealers; this token is for the dealers DLR001/);
  });
});

async function makeTokens(api: RunningApi): Promise<Record<CallerKind, string | undefined>> {
  const claims = { role: 'admin', sub: 'mallory', iss: AUTH.issuer, aud: AUTH.audience, exp: 9_999_999_999 };
  const { publicJwk, privateKey } = await loadLocalKeys(api.dataDir);
  const signed = (more: object, key: Parameters<SignJWT['sign']>[0]) =>
    new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'ES256', kid: publicJwk.kid }).sign(key);
  return {
    'no token': undefined,
    'an expired token': await signed({ exp: Math.floor(Date.now() / 1000) - 60 }, privateKey),
    'a forged token': await signed({}, (await generateKeyPair('ES256')).privateKey),
    'alg none': new UnsecuredJWT(claims).encode(),
    'the owner': await api.token({ role: 'advisor', sub: 'ada@example.com' }),
    'another advisor': await api.token({ role: 'advisor', sub: 'bob@example.com' }),
    'an admin of its dealer': await api.token({ sub: 'carol', dealers: ['DLR001'] }),
    'an admin of another dealer': await api.token({ sub: 'dave', dealers: ['DLR002'] }),
    'an admin of all': await api.token(),
  };
}

async function call(api: RunningApi, route: string, { token, n }: { token: string | undefined; n: number }) {
  const [method, template = ''] = route.split(' ');
  const path = NAMED.reduce((filled, [from, to]) => filled.replace(from, to), template);
  const body = UPLOADS.includes(route) ? fileOf(`${route} ${n}`) : jsonOf(BODIES[route]?.(n));
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(typeof body === 'string' && { 'content-type': 'application/json' }),
  };
  const response = await fetch(`${api.url}${path}`, { method, headers, body, redirect: 'manual' });
  const { status } = response;
  if (status >= 400) return { status, text: await response.text() };
  // A stream of events has no end to wait for.
  await response.body?.cancel();
  return { status, text: '' };
}

const jsonOf = (body: unknown) => (body === undefined ? undefined : JSON.stringify(body));

function fileOf(name: string): FormData {
  const form = new FormData();
  form.set('file', new Blob([`customer_name,dealer_code,booking_date\n${name},DLR001,2027-01-01\n`]), 'bookings.csv');
  return form;
}
