import assert from 'node:assert/strict';
import { type RunningApi, startApi } from './running-api.ts';

const IMPORTS = '/api/admin/bookings/imports';
const limits = { readsPerSecond: 50, writesPerMinute: 4, uploadsPerMinute: 3, failedSignInsPerMinute: 5 };
const CSV = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';

describe('the rate limits', function () {
  this.timeout(60_000);
  let api: RunningApi;
  let callers = 0;
  let authorization: string;
  beforeEach(async () => {
    callers += 1;
    authorization = `Bearer ${await api.token({ sub: `caller-${callers}` })}`;
  });
  const as = (ip: string) => ({ 'x-forwarded-for': ip });
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${api.url}${path}`, { headers });
  const statuses = async (count: number, send: (n: number) => Promise<Response>) => {
    const answers = await Promise.all(Array.from({ length: count }, async (_, n) => (await send(n)).status));
    return { ok: answers.filter((s) => s === 200).length, limited: answers.filter((s) => s === 429).length };
  };

  describe('behind a proxy that is trusted', () => {
    before(async () => {
      api = await startApi({ limits, trustProxy: ['loopback'] });
    });
    after(() => api.stop());

    it('let a subject read fifty times a second, say what is left, and refuse what is beyond', async () => {
      const first = await get(IMPORTS, { authorization });
      assert.equal(first.headers.get('ratelimit-policy'), '"reads";q=50;w=1');
      assert.equal(first.headers.get('ratelimit'), '"reads";r=49;t=1');
      const { ok, limited } = await statuses(400, () => get(IMPORTS, { authorization }));
      // With the first, if all came within its second.
      assert.ok(ok + 1 >= 50 && limited > 0, `${ok} answered, ${limited} limited`);
      const refused: Response[] = [];
      while (refused.length === 0) {
        const answers = await Promise.all(Array.from({ length: 60 }, () => get(IMPORTS, { authorization })));
        refused.push(...answers.filter(({ status }) => status === 429));
      }
      const { headers } = refused[0] as Response;
      const body = (await refused[0]?.json()) as Record<string, unknown>;
      assert.deepEqual(
        [body.code, headers.get('content-type')],
        ['RATE_LIMITED', 'application/problem+json; charset=utf-8'],
      );
      assert.deepEqual([headers.get('retry-after'), headers.get('ratelimit')], ['1', '"reads";r=0;t=1']);
      const other = `Bearer ${await api.token({ sub: `other-${callers}` })}`;
      assert.equal((await get(IMPORTS, { authorization: other })).status, 200);
    });

    it('count writes and uploads apart from reads, and from each other', async () => {
      const write = () => api.call('POST', '/api/admin/dealers', { body: {}, headers: { authorization } });
      const written = [await write(), await write(), await write(), await write(), await write()];
      assert.deepEqual(
        written.map(({ status }) => status),
        [400, 400, 400, 400, 429],
      );
      const preview = () => api.upload('/api/admin/bookings/preview', { content: CSV }, { authorization });
      const previewed = [await preview(), await preview(), await preview(), await preview()];
      assert.deepEqual(
        previewed.map(({ status }) => status),
        [200, 200, 200, 429],
      );
      assert.ok(Number(previewed[3]?.headers.get('retry-after')) > 1);
      assert.equal((await get(IMPORTS, { authorization })).status, 200);
    });

    it('refuse bad tokens of an address after a few, but no good one, and no other address', async () => {
      const bad = { authorization: 'Bearer no.real.token' };
      const home = as('203.0.113.7');
      const answers: Response[] = [];
      for (let n = 0; n < 7; n += 1) answers.push(await get(IMPORTS, { ...bad, ...home }));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [401, 401, 401, 401, 401, 429, 429],
      );
      const last = answers.at(-1) as Response;
      assert.deepEqual(
        [last.headers.get('www-authenticate'), Number(last.headers.get('retry-after')) > 1],
        [null, true],
      );
      assert.equal((await get(IMPORTS, { authorization, ...home })).status, 200);
      assert.equal((await get(IMPORTS, { ...bad, ...as('203.0.113.8') })).status, 401);
      assert.equal((await get(IMPORTS, home)).status, 401, 'no token at all is no failed sign-in');
    });

    it('count who has no token by address', async () => {
      for (const path of ['/portal/nothing', '/nowhere', IMPORTS]) {
        const { limited } = await statuses(400, () => get(path, as('203.0.113.9')));
        assert.ok(limited > 0, path);
      }
      assert.notEqual((await get('/nowhere', as('203.0.113.10'))).status, 429);
    });

    it('leave the probes alone', async () => {
      for (const path of ['/healthz', '/metrics'])
        assert.deepEqual(await statuses(200, () => get(path)), { ok: 200, limited: 0 });
    });

    it('take an address that is none for nobody’s', async () => {
      const headers = { authorization, ...as('<script>') };
      const { status, body } = await api.upload('/api/admin/bookings/import', { content: CSV }, headers);
      assert.equal(status, 202, JSON.stringify(body));
    });
  });

  describe('without a trusted proxy', () => {
    before(async () => {
      api = await startApi({ limits: { failedSignInsPerMinute: 5 } });
    });
    after(() => api.stop());

    it('count a client as itself, whatever address it names', async () => {
      const answers: number[] = [];
      for (let n = 0; n < 6; n += 1)
        answers.push((await get(IMPORTS, { authorization: 'Bearer no.real.token', ...as(`203.0.113.${n}`) })).status);
      assert.equal(answers.at(-1), 429);
    });

    it('let one admin upload a hundred small files, one after the other', async () => {
      for (let n = 0; n < 100; n += 1) {
        const content = CSV.replace('Ada', `Ada ${n}`);
        assert.equal((await api.upload('/api/admin/bookings/import', { content }, { authorization })).status, 202);
      }
    });
  });
});
