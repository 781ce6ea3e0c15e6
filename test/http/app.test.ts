import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shutOutWriters } from '../../db/fence.ts';
import { rows, run, withTransaction } from '../../db/query.ts';
import { FAILURE_CODES } from '../../src/domain/failures.ts';
import { PROBLEMS } from '../../src/http/problems.ts';
import { testTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { openDatabaseLine } from './database-line.ts';
import { openRaw, readAnswer } from './raw-client.ts';
import { type RunningApi, startApi } from './running-api.ts';

describe('the app', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
    const assets = join(api.dataDir, 'portal', 'assets');
    await mkdir(assets, { recursive: true });
    await writeFile(join(api.dataDir, 'portal', 'index.html'), '<!doctype html><title>Portal</title>');
    await writeFile(join(assets, 'index-abc123.js'), 'export {}');
  });
  after(() => api.stop());
  const get = (path: string, init?: RequestInit) => fetch(`${api.url}${path}`, { redirect: 'manual', ...init });

  it('has an answer for every failure, each a client or a server error', () => {
    assert.deepEqual(Object.keys(PROBLEMS).sort(), [...FAILURE_CODES].sort());
    for (const { status } of Object.values(PROBLEMS)) assert.ok(status >= 400 && status < 600);
  });

  it('gives every answer a request id, the caller’s own if it is sane', async () => {
    const own = await get('/healthz', { headers: { 'x-request-id': 'trace-1.2:3' } });
    assert.equal(own.headers.get('x-request-id'), 'trace-1.2:3');
    for (const given of ['', 'with space', 'x'.repeat(65), '<script>']) {
      const id = (await get('/nowhere', { headers: { 'x-request-id': given } })).headers.get('x-request-id') ?? '';
      assert.match(id, /^[0-9a-f-]{36}$/);
    }
  });

  it('answers 404 and 405 as problems, the latter with what is allowed', async () => {
    const missing = await get('/nowhere?secret=1');
    assert.deepEqual(
      [missing.status, missing.headers.get('content-type')],
      [404, 'application/problem+json; charset=utf-8'],
    );
    assert.deepEqual(await missing.json(), {
      type: 'urn:booking-import:problem:NOT_FOUND',
      title: 'Nothing here',
      status: 404,
      detail: 'There is nothing at this address.',
      instance: '/nowhere',
      code: 'NOT_FOUND',
    });
    const wrong = await api.call('PATCH', '/api/admin/bookings/imports');
    assert.deepEqual([wrong.status, wrong.body.code, wrong.body.allowed], [405, 'METHOD_NOT_ALLOWED', ['GET']]);
    assert.equal(wrong.headers.get('allow'), 'GET');
  });

  it('answers a broken address and a broken request line without falling over', async () => {
    assert.equal((await api.call('PATCH', '/api/admin/dealers/%E0%A4%A', { body: {} })).body.code, 'INVALID_REQUEST');
    const socket = await openRaw(api.port);
    const answered = readAnswer(socket);
    socket.write('NONSENSE\r\n\r\n');
    assert.match(await answered, /^HTTP\/1.1 400 /);
    assert.equal((await get('/healthz')).status, 200);
  });

  it('sends headers that keep foreign scripts and frames out, and does not say what it runs on', async () => {
    const { headers } = await get('/portal/');
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-powered-by'), null);
  });

  it('serves the portal: the page always asked for anew, its hashed assets for ever, nothing from outside', async () => {
    const root = await get('/');
    assert.deepEqual([root.status, root.headers.get('location')], [302, '/portal/']);
    const page = await get('/portal/');
    assert.deepEqual([page.status, page.headers.get('cache-control')], [200, 'no-cache']);
    const asset = await get('/portal/assets/index-abc123.js');
    assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
    assert.match(asset.headers.get('content-type') ?? '', /javascript/);
    for (const path of [
      '/portal/assets/none.js',
      '/portal/..%2fkeys%2fsigning-key.json',
      '/portal/%2e%2e/keys/signing-key.json',
    ])
      assert.ok([403, 404].includes((await get(path)).status), path);
  });

  it('tells no stack, no statement and no file of ours, whatever goes wrong', async () => {
    const own = await startApi();
    const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
    await run(own.owner, 'alter table dealers rename column id to elsewhere');
    await run(own.owner, 'drop table booking_audit_logs cascade; alter table booking_imports rename to away');
    const json = { 'content-type': 'application/json' };
    const broken = [
      await own.call('GET', '/api/admin/dealers?text=x'),
      await own.call('GET', '/api/admin/bookings/imports'),
      await own.call('GET', `/api/bookings/${id}/audit`),
      await own.call('POST', '/api/admin/dealers', { body: { dealerCode: 'D', dealerName: 'D' } }),
      await own.upload('/api/admin/bookings/import', {
        content: 'customer_name,dealer_code,booking_date\nA,D,2027-01-01\n',
      }),
    ];
    assert.ok(broken.some(({ status }) => status === 500));
    const wrong = [
      await own.call('PATCH', '/api/admin/dealers/%E0%A4%A', { body: {} }),
      await own.call('GET', '/api/bookings?cursor=%00&limit=NaN&status[]=x'),
      await own.call('POST', '/api/bookings', { headers: { ...json, 'content-encoding': 'gzip' }, body: {} }),
    ];
    for (const { status, body } of [...broken, ...wrong]) {
      const text = JSON.stringify(body);
      assert.ok(status >= 400 || status === 200, text);
      assert.doesNotMatch(text, /\bat .*:\d+:\d+|node_modules|\.[jt]s\b|\bselect\b.*\bfrom\b|relation "|column "|SQL/i);
    }
    await own.stop();
  });

  it('is alive without anything, and not ready while Temporal is away', async () => {
    assert.equal((await get('/healthz')).status, 200);
    const ready = await get('/readyz');
    assert.equal(ready.status, 503);
    const body = (await ready.json()) as { code: string; checks: unknown };
    assert.deepEqual([body.code, body.checks], ['TEMPORAL_UNAVAILABLE', { database: 'up', temporal: 'down' }]);
  });

  it('answers 503 while the database is away', async () => {
    const line = await openDatabaseLine();
    const own = await startApi({ reroute: line.to });
    const list = () => own.call('GET', '/api/admin/bookings/imports');
    assert.equal((await list()).status, 200);
    await line.cut();
    for (const answered of [await list(), await own.call('GET', '/readyz')])
      assert.deepEqual([answered.status, answered.body.code], [503, 'DATABASE_UNAVAILABLE']);
    assert.match((await own.call('GET', '/metrics')).body, /^booking_imports_readable 0$/m);
    await line.mend();
    assert.equal((await list()).status, 200, 'it comes back by itself');
    await own.stop();
    await line.cut();
  });

  it('answers 503 when the database takes a request back for the sake of another', async () => {
    const own = await startApi();
    const content = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';
    const { id } = (await own.upload('/api/admin/bookings/import', { content })).body;
    const cancel = () => own.call('DELETE', `/api/admin/bookings/imports/${id}`);
    let cancelling: ReturnType<RunningApi['call']> | undefined;
    await withTransaction(own.db, async (tx) => {
      await run(tx, 'update booking_imports set updated_at = now() where id = $1', [id]);
      cancelling = cancel();
      await waitFor(async () => (await rows(own.db, 'select from pg_locks where not granted')).length > 0);
      // Each now waits for the other, and the one that has waited longer is the first to look: it gives way.
      await shutOutWriters(tx, id);
    });
    const refused = await cancelling;
    assert.deepEqual([refused?.status, refused?.body.code], [503, 'DATABASE_UNAVAILABLE']);
    assert.equal(refused?.headers.get('retry-after'), '5');
    assert.equal((await cancel()).status, 200);
    await own.stop();
  });

  it('tells Prometheus its requests by route, never by id, and the imports', async () => {
    await api.call('GET', '/api/admin/bookings/imports/01ARZ3NDEKTSV4RRFFQ69G5FAV');
    await get('/nowhere/12345');
    const content = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';
    await api.upload('/api/admin/bookings/import', { content });
    const response = await get('/metrics');
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
    const text = await response.text();
    assert.match(
      text,
      /http_request_duration_seconds_count\{method="GET",route="\/api\/admin\/bookings\/imports\/:id",status="404"\} 1/,
    );
    assert.match(text, /route="other",status="404"/);
    assert.doesNotMatch(text, /01ARZ3|12345/);
    assert.match(text, /^booking_imports\{status="PENDING"\} 1$/m);
    assert.match(text, /^booking_import_duration_seconds_bucket\{le="\+Inf"\} 0$/m);
    assert.match(text, /^booking_imports_readable 1$/m);
    assert.match(text, /^process_cpu_seconds_total /m);
  });
});

describe('the app with Temporal', function () {
  this.timeout(300_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi({ temporal: { ...(await testTemporal()), tls: null, apiKey: null } });
  });
  after(() => api.stop());

  it('is ready, and says so no longer when it stops', async () => {
    const ready = await api.call('GET', '/readyz');
    assert.deepEqual([ready.status, ready.body.checks], [200, { database: 'up', temporal: 'up' }]);
    const own = await startApi();
    own.closing.abort();
    const stopping = await own.call('GET', '/readyz');
    assert.deepEqual(
      [stopping.status, stopping.body.code, stopping.headers.get('connection')],
      [503, 'SHUTTING_DOWN', 'close'],
    );
    await own.stop();
  });

  it('starts the import’s workflow, cancels it, and answers with no worker alive', async () => {
    const content = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';
    const { status, body } = await api.upload('/api/admin/bookings/import', { content });
    assert.equal(status, 202);
    const paused = await api.call('POST', `/api/admin/bookings/imports/${body.id}/pause`);
    assert.equal(paused.status, 202);
    const cancelled = await api.call('DELETE', `/api/admin/bookings/imports/${body.id}`);
    assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'CANCELLED']);
  });
});
