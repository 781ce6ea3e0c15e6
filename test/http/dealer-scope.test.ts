import assert from 'node:assert/strict';
import { rows, run } from '../../db/query.ts';
import { runRound } from '../support/run-import.ts';
import { type Answered, type RunningApi, startApi } from './running-api.ts';

const IMPORT = '/api/admin/bookings/import';
const IMPORTS = '/api/admin/bookings/imports';
const ADVISORS = '/api/admin/advisors';
const DEALERS = '/api/admin/dealers';

const GIVEN = `
  insert into dealers (id, dealer_code, dealer_name)
    values ('d1', 'DLR001', 'One'), ('d2', 'DLR002', 'Two'), ('d3', 'DLR003', 'Three');
  insert into advisors (id, email, name) values
    ('a1', 'ada@example.com', 'Ada'), ('a2', 'bob@example.com', 'Bob'), ('a3', 'cy@example.com', 'Cy'),
    ('a4', 'dee@example.com', 'Dee');
  insert into advisor_dealers values
    ('a1', 'd1', true), ('a2', 'd2', true), ('a3', 'd1', false), ('a3', 'd2', true);
  insert into bookings (id, external_id, dealer_id, customer_name, booking_date)
    values ('b1', 'OLD-1', 'd1', 'Ravi', '2099-01-01'), ('b2', 'OLD-2', 'd2', 'Wei', '2099-01-01');`;

// DLR001's admin in all of these; another dealer's is there to show that a limit works both ways.
const OWN = { sub: 'carol', dealers: ['DLR001'] };
const OTHER = { sub: 'dave', dealers: ['DLR002'] };
const ALL = { sub: 'alice' };
const WIDER = { sub: 'erin', dealers: ['DLR001', 'DLR003'] };

describe('an admin who is limited to dealers', function () {
  this.timeout(120_000);
  let api: RunningApi;
  let files = 0;
  before(async () => {
    api = await startApi();
    await run(api.db, GIVEN);
  });
  after(() => api.stop());

  const headersOf = async (claims: object, more: Record<string, string> = {}) => ({
    authorization: `Bearer ${await api.token(claims)}`,
    ...more,
  });
  const as = async (claims: object, method: string, path: string, body?: unknown): Promise<Answered> =>
    api.call(method, path, { body, headers: await headersOf(claims) });
  const upload = async (claims: object, content: string, { path = IMPORT, settings = {}, key = '' } = {}) =>
    api.upload(path, { content, settings }, await headersOf(claims, key ? { 'idempotency-key': key } : {}));
  const code = ({ status, body }: Answered) => [status, body.code];
  const ids = ({ body }: Answered): string[] => body.items.map(({ id }: { id: string }) => id);
  /** A file that no other test has, of rows `external_id,dealer_code`. */
  const csv = (...given: string[]) => {
    files += 1;
    const lines = given.map((row, n) => `${row},Customer ${files}-${n},2099-02-01`);
    return `external_id,dealer_code,customer_name,booking_date\n${lines.join('\n')}\n`;
  };
  const fates = async (id: string) => {
    const { body } = await as(ALL, 'GET', `${IMPORTS}/${id}/rows`);
    return body.items.map(({ outcome, errors }: { outcome: string; errors: { type: string }[] }) =>
      [outcome, ...errors.map(({ type }) => type)].join(' '),
    );
  };

  describe('imports', () => {
    it('rows of his dealers, and every other row fails, whether there is such a dealer or not', async () => {
      const content = csv('N-1,DLR001', 'N-2,DLR002', 'N-3,dlr001', 'N-4,NOPE');
      const { body } = await upload(OWN, content);
      await runRound(api, { importId: body.id, round: 1 });
      assert.deepEqual(await fates(body.id), ['created', 'failed UNKNOWN_DEALER', 'created', 'failed UNKNOWN_DEALER']);
      const report = await as(OWN, 'GET', `${IMPORTS}/${body.id}/errors`);
      assert.match(report.body, /is not one of the uploading admin's dealers/);
      assert.deepEqual(await rows(api.db, `select id from bookings where external_id in ('N-2', 'N-4')`), []);
    });

    it('the same in a check, and in a retry that an admin of all dealers begins', async () => {
      const content = csv('R-1,DLR001', 'R-2,DLR002');
      const check = await upload(OWN, content, { path: '/api/admin/bookings/validate' });
      await runRound(api, { importId: check.body.id, round: 1 });
      assert.deepEqual(await fates(check.body.id), ['created', 'failed UNKNOWN_DEALER']);
      const { body } = await upload(OWN, content);
      await runRound(api, { importId: body.id, round: 1 });
      assert.equal((await as(ALL, 'POST', `${IMPORTS}/${body.id}/retry`)).status, 202);
      await runRound(api, { importId: body.id, round: 2 });
      assert.deepEqual(await fates(body.id), ['created', 'failed UNKNOWN_DEALER']);
    });

    it('never over a booking of another dealer', async () => {
      const settings = { onDuplicate: 'update' };
      const { body } = await upload(OWN, csv('OLD-1,DLR001', 'OLD-2,DLR001', 'OLD-2,DLR002'), { settings });
      await runRound(api, { importId: body.id, round: 1 });
      assert.deepEqual(await fates(body.id), ['updated', 'failed DUPLICATE', 'failed UNKNOWN_DEALER']);
      const names = await rows(api.db, `select customer_name as name from bookings where id = 'b2'`);
      assert.deepEqual(names, [{ name: 'Wei' }]);
    });

    it('and sees those whose limit lies within his own: no other, and none without a limit', async () => {
      const [own, other, all, more] = await Promise.all(
        [OWN, OTHER, ALL, WIDER].map(async (who) => (await upload(who, csv('V-1,DLR001'))).body.id),
      );
      const seenBy = async (who: object) => {
        const listed = ids(await as(who, 'GET', `${IMPORTS}?limit=200`));
        const shown = [];
        for (const id of [own, other, all, more]) {
          const { status } = await as(who, 'GET', `${IMPORTS}/${id}`);
          assert.equal(status === 200, listed.includes(id));
          shown.push(status);
        }
        return shown;
      };
      assert.deepEqual(await seenBy(OWN), [200, 404, 404, 404]);
      assert.deepEqual(await seenBy(OTHER), [404, 200, 404, 404]);
      assert.deepEqual(await seenBy(WIDER), [200, 404, 404, 200]);
      assert.deepEqual(await seenBy(ALL), [200, 200, 200, 200]);
      assert.deepEqual(code(await as(OTHER, 'DELETE', `${IMPORTS}/${own}`)), [404, 'IMPORT_NOT_FOUND']);
      assert.equal((await as(OWN, 'GET', `${IMPORTS}/${own}`)).body.status, 'PENDING');
    });

    it('a file that runs for another one as an import of his own, and once for all with his limit', async () => {
      const content = csv('S-1,DLR001');
      const [own, other, all] = await Promise.all(
        [OWN, OTHER, ALL].map(async (who) => (await upload(who, content)).body.id),
      );
      assert.equal(new Set([own, other, all]).size, 3);
      assert.equal((await upload({ ...OWN, sub: 'frank' }, content)).body.id, own);
    });

    it('a file that another one brought in, and hears that it was, but not of the import', async () => {
      const content = csv('T-1,DLR001');
      const { body } = await upload(OWN, content);
      await runRound(api, { importId: body.id, round: 1 });
      const foreign = await upload(OTHER, content);
      assert.deepEqual([...code(foreign), foreign.body.importId], [409, 'DUPLICATE_FILE', undefined]);
      assert.ok(!JSON.stringify(foreign.body).includes(body.id));
      for (const who of [OWN, WIDER, ALL]) assert.equal((await upload(who, content)).body.importId, body.id);
    });

    it('and gets nothing by an Idempotency-Key of somebody else, or of his own with another limit', async () => {
      const [content, key] = [csv('K-1,DLR001'), `key-${files}`];
      const first = await upload(ALL, content, { key });
      const stranger = await upload(OWN, content, { key });
      assert.equal(stranger.status, 202);
      assert.notEqual(stranger.body.id, first.body.id);
      const limited = await upload({ ...ALL, dealers: ['DLR001'] }, content, { key });
      assert.deepEqual([...code(limited), limited.body.importId], [422, 'IDEMPOTENCY_KEY_REUSED', undefined]);
      assert.equal((await upload(ALL, content, { key })).body.id, first.body.id);
    });

    it('and counts in his figures what he sees, failed ones included', async () => {
      const figures = async (who: object, query = '') =>
        (await as(who, 'GET', `/api/admin/bookings/stats${query}`)).body.imports.total;
      const seen = async (who: object) => (await as(who, 'GET', `${IMPORTS}?dryRun=false&limit=200`)).body.items.length;
      await run(
        api.db,
        `insert into booking_imports (admin_id, filename, original_filename, file_size, status, dealer_codes)
         values ('carol', 'bad.csv', 'bad.csv', 1, 'FAILED', '{DLR001}')`,
      );
      for (const who of [OWN, OTHER, WIDER, ALL]) assert.equal(await figures(who), await seen(who));
      assert.ok((await figures(WIDER, '?dealer=DLR001')) > 0);
      assert.equal(await figures(WIDER, '?dealer=DLR003'), 0);
      const beyond = await Promise.all(
        ['DLR002', 'NOPE'].map((dealer) => as(OWN, 'GET', `/api/admin/bookings/stats?dealer=${dealer}`)),
      );
      for (const refused of beyond) assert.deepEqual(code(refused), [403, 'FORBIDDEN']);
    });
  });

  describe('with dealers and advisors', () => {
    const dealersOf = async (who: object) =>
      (await as(who, 'GET', DEALERS)).body.items.map(({ dealerCode }: { dealerCode: string }) => dealerCode);
    const advisorsOf = async (who: object) =>
      (await as(who, 'GET', ADVISORS)).body.items.map(
        ({ id, dealerCodes }: { id: string; dealerCodes: string[] }) => `${id} ${dealerCodes}`,
      );

    it('sees his own, whatever another caller has just been shown', async () => {
      assert.deepEqual(await dealersOf(ALL), ['DLR001', 'DLR002', 'DLR003']);
      assert.deepEqual(await dealersOf(OWN), ['DLR001']);
      assert.deepEqual(await dealersOf(OTHER), ['DLR002']);
      assert.deepEqual(await advisorsOf(ALL), ['a1 DLR001', 'a2 DLR002', 'a3 DLR002,DLR001', 'a4 ']);
      assert.deepEqual(await advisorsOf(OWN), ['a1 DLR001', 'a3 DLR001']);
      assert.deepEqual(await advisorsOf({ ...OWN, dealers: ['DLR003'] }), []);
    });

    it('changes his own dealer; another’s is as one that is not there', async () => {
      const change = { settings: { timeZone: 'Asia/Kolkata' } };
      assert.equal((await as(OWN, 'PATCH', `${DEALERS}/DLR001`, change)).status, 200);
      for (const dealer of ['DLR002', 'NOPE'])
        assert.deepEqual(code(await as(OWN, 'PATCH', `${DEALERS}/${dealer}`, change)), [404, 'DEALER_NOT_FOUND']);
      const [untouched] = await rows(api.db, `select settings from dealers where id = 'd2'`);
      assert.deepEqual(untouched, { settings: {} });
    });

    it('changes advisors of his dealers alone, and those whom others share not without them', async () => {
      const patch = (id: string, body: object) => as(OWN, 'PATCH', `${ADVISORS}/${id}`, body);
      assert.equal((await patch('a1', { name: 'Ada L.' })).status, 200);
      for (const id of ['a2', 'a4', 'nobody'])
        assert.deepEqual(code(await patch(id, { isActive: false })), [404, 'ADVISOR_NOT_FOUND'], id);
      assert.deepEqual(code(await patch('a3', { isActive: false })), [403, 'FORBIDDEN']);
      const taken = await patch('a2', { email: 'ada@example.com' });
      assert.deepEqual(code(taken), [404, 'ADVISOR_NOT_FOUND'], 'and hears nothing else of them');
      const active = await rows(api.db, `select from advisors where id in ('a2', 'a3', 'a4') and is_active`);
      assert.equal(active.length, 3);
      const both = { ...OWN, dealers: ['DLR001', 'DLR002'] };
      assert.equal((await as(both, 'PATCH', `${ADVISORS}/a3`, { name: 'Cyrus' })).status, 200);
    });

    it('gives advisors none but his dealers, and at least one of them', async () => {
      const person = (dealerCodes: string[]) => ({
        email: `${dealerCodes.length}@example.com`,
        name: 'X',
        dealerCodes,
      });
      for (const dealerCodes of [['DLR002'], ['DLR001', 'DLR002'], ['NOPE'], []]) {
        assert.deepEqual(code(await as(OWN, 'POST', ADVISORS, person(dealerCodes))), [403, 'FORBIDDEN']);
        assert.deepEqual(code(await as(OWN, 'PATCH', `${ADVISORS}/a1`, { dealerCodes })), [403, 'FORBIDDEN']);
      }
      assert.deepEqual(await advisorsOf(OWN), ['a1 DLR001', 'a3 DLR001']);
      const made = await as(OWN, 'POST', ADVISORS, person(['DLR001']));
      assert.deepEqual([made.status, made.body.dealerCodes], [201, ['DLR001']]);
    });
  });

  it('cannot tell by a new booking whether there is a dealer beyond his', async () => {
    const booking = (dealerCode: string) => ({ customerName: 'Asha Rao', dealerCode, bookingDate: '2099-01-01' });
    const path = '/api/admin/bookings';
    const [foreign, unknown] = await Promise.all(
      ['DLR002', 'NOPE'].map((dealer) => as(OWN, 'POST', path, booking(dealer))),
    );
    assert.deepEqual(code(foreign as Answered), [403, 'FORBIDDEN']);
    assert.equal(foreign?.body.detail, unknown?.body.detail);
    assert.deepEqual(code(await as(OWN, 'POST', path, booking(''))), [422, 'INVALID_BOOKING']);
    const made = await as(OWN, 'POST', path, booking('dlr001'));
    assert.deepEqual([made.status, made.body.dealerCode], [201, 'DLR001']);
  });

  it('finds another dealer’s bookings in no list, by no filter, and by no address', async () => {
    for (const query of ['', '?dealer=DLR002', '?text=Wei', '?advisor=bob@example.com']) {
      const { body } = await as(OWN, 'GET', `/api/bookings${query}`);
      assert.ok(
        body.items.every(({ dealerCode }: { dealerCode: string }) => dealerCode === 'DLR001'),
        query,
      );
    }
    for (const path of ['', '/lifecycle', '/audit'])
      assert.deepEqual(code(await as(OWN, 'GET', `/api/bookings/b2${path}`)), [404, 'BOOKING_NOT_FOUND']);
    const wrong = await as(OWN, 'PATCH', '/api/admin/bookings/b2/status', { status: 'NO SUCH' });
    assert.deepEqual(
      code(wrong),
      [404, 'BOOKING_NOT_FOUND'],
      'the booking comes before what is wrong with the request',
    );
    assert.deepEqual(await rows(api.db, `select from booking_commands where booking_id = 'b2'`), []);
  });
});
