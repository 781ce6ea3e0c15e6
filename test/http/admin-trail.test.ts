import assert from 'node:assert/strict';
import { run } from '../../db/query.ts';
import { writeRows } from './run-by-hand.ts';
import { type RunningApi, startApi } from './running-api.ts';

const DEALERS = '/api/admin/dealers';
const ADVISORS = '/api/admin/advisors';
const IMPORTS = '/api/admin/bookings/imports';
const FILE = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';

describe('the admins’ trail', function () {
  this.timeout(60_000);
  let api: RunningApi;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.stop());

  const list = async (query = '') => (await api.call('GET', `/api/admin/audit${query}`)).body;
  const actions = async (query = '') => (await list(query)).items.map((entry: { action: string }) => entry.action);
  const send = (method: string, path: string, body?: unknown) =>
    api.call(method, path, { body, headers: { 'user-agent': 'a browser' } });
  const dealer = (dealerCode: string) => ({ dealerCode, dealerName: `Dealer ${dealerCode}` });
  const uploaded = async (content = FILE) => (await api.upload('/api/admin/bookings/import', { content })).body.id;

  it('tells who changed what of a dealer, from what to what, why and from where', async () => {
    await send('POST', DEALERS, { ...dealer('DLR001'), reason: 'a new house' });
    await send('PATCH', `${DEALERS}/DLR001`, { isActive: false, dealerName: 'Dealer DLR001', reason: 'closed' });
    const [changed, created] = (await list()).items;
    const { id, createdAt, ...rest } = changed;
    assert.deepEqual(rest, {
      ...{ action: 'DEALER_CHANGED', kind: 'dealer', object: 'DLR001', changedBy: 'alice', changeReason: 'closed' },
      ...{ oldValue: { isActive: true }, newValue: { isActive: false } },
      ...{ ipAddress: '127.0.0.1', userAgent: 'a browser' },
    });
    assert.ok(Date.parse(createdAt) <= Date.now() && id > created.id);
    assert.deepEqual([created.action, created.oldValue, created.changeReason], ['DEALER_CREATED', null, 'a new house']);
    assert.equal(created.newValue.dealerName, 'Dealer DLR001');
  });

  it('tells of advisors and variants', async () => {
    await send('POST', DEALERS, dealer('DLR001'));
    const advisor = { email: 'bo@dealers.example', name: 'Bo', dealerCodes: [] };
    const { id } = (await send('POST', ADVISORS, advisor)).body;
    await send('PATCH', `${ADVISORS}/${id}`, { dealerCodes: ['DLR001'] });
    await send('POST', '/api/admin/variants', { code: 'X1', name: 'X one' });
    const [variant, changed, created] = (await list()).items;
    assert.deepEqual([variant.action, variant.object, variant.newValue.name], ['VARIANT_CREATED', 'X1', 'X one']);
    assert.deepEqual(
      [changed.object, changed.oldValue, changed.newValue],
      [id, { dealerCodes: [] }, { dealerCodes: ['DLR001'] }],
    );
    assert.deepEqual(created.newValue, { ...advisor, id, isActive: true });
  });

  it('tells nothing of what was refused', async () => {
    await send('POST', DEALERS, dealer('DLR001'));
    await send('POST', DEALERS, dealer('DLR001'));
    await send('PATCH', `${DEALERS}/NOPE`, { isActive: false });
    await send('POST', ADVISORS, { email: 'bo@dealers.example', name: 'Bo', dealerCodes: ['NOPE'] });
    await send('PATCH', `${ADVISORS}/01ARZ3NDEKTSV4RRFFQ69G5FAV`, { isActive: false });
    assert.deepEqual(await actions(), ['DEALER_CREATED']);
  });

  it('changes nothing that it cannot tell', async () => {
    await send('POST', DEALERS, dealer('DLR001'));
    await run(api.owner, 'alter table admin_audit_log add check (change_reason <> $$untold$$)');
    const untold = { reason: 'untold' };
    assert.equal((await send('PATCH', `${DEALERS}/DLR001`, { isActive: false, ...untold })).status, 500);
    assert.equal((await send('POST', DEALERS, { ...dealer('DLR002'), ...untold })).status, 500);
    const { items } = (await api.call('GET', DEALERS)).body;
    assert.deepEqual([items.length, items[0].isActive], [1, true]);
  });

  it('tells an import’s upload, check, cancel, retry and undo', async () => {
    await send('POST', DEALERS, dealer('DLR001'));
    const id = await uploaded();
    await api.upload('/api/admin/bookings/validate', { content: `${FILE}Bo,DLR001,2027-01-02\n` });
    await send('DELETE', `${IMPORTS}/${id}`, { reason: 'the wrong file' });
    await send('POST', `${IMPORTS}/${id}/retry`);
    const other = await uploaded(`${FILE}Cy,DLR001,2027-01-03\n`);
    await (await writeRows(api.db, other, { header: ['customer_name'], rows: [{ cells: ['Ada'] }] })).finish();
    await send('POST', `${IMPORTS}/${other}/undo`, { reason: 'twice' });
    const { items } = await list('?kind=import');
    const told = items.map((e: Record<string, unknown>) => [e.action, e.oldValue, e.newValue, e.changeReason]);
    assert.deepEqual(told[0], ['IMPORT_UNDONE', null, { removed: 1, kept: 0 }, 'twice']);
    assert.equal(told[1][0], 'IMPORT_UPLOADED');
    const retried = { before: { round: 1, status: 'CANCELLED' }, after: { round: 2, status: 'PENDING' } };
    assert.deepEqual(told[2], ['IMPORT_RETRIED', retried.before, retried.after, null]);
    assert.deepEqual(told[3], [
      ...['IMPORT_CANCELLED', { status: 'PENDING' }, { status: 'CANCELLED' }],
      'the wrong file',
    ]);
    assert.deepEqual([told[4][0], told[5][0]], ['IMPORT_VALIDATED', 'IMPORT_UPLOADED']);
    assert.deepEqual([told[5][2].fileName, told[5][2].settings.onDuplicate], ['bookings.csv', 'skip']);
  });

  it('tells that a workflow was asked, also when nobody carries it out', async () => {
    const id = await uploaded();
    for (const path of [`${IMPORTS}/${id}/pause`, `${IMPORTS}/${id}/resume`, '/api/admin/reconcile'])
      assert.equal((await send('POST', path)).status, 503);
    assert.deepEqual((await actions()).slice(0, 3), ['RECONCILE_ASKED', 'IMPORT_RESUME_ASKED', 'IMPORT_PAUSE_ASKED']);
  });

  it('refuses a reason that is none, before anything is done', async () => {
    const id = await uploaded();
    const refused = await send('DELETE', `${IMPORTS}/${id}`, { reason: 'x'.repeat(256) });
    assert.deepEqual([refused.status, refused.body.errors[0].pointer], [400, '/reason']);
    assert.equal((await api.call('GET', `${IMPORTS}/${id}`)).body.status, 'PENDING');
  });

  it('is listed newest first by pages that neither repeat nor leave out', async () => {
    for (let n = 0; n < 5; n += 1) await send('POST', DEALERS, dealer(`D${n}`));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: { object: string }[]; nextCursor: string | null } = await list(
        `?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map((entry) => entry.object));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, ['D4', 'D3', 'D2', 'D1', 'D0']);
  });

  it('is filtered by who, what, which and when', async () => {
    await send('POST', DEALERS, dealer('DLR001'));
    await send('POST', '/api/admin/variants', { code: 'X1', name: 'X one' });
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    assert.deepEqual(await actions('?subject=alice&kind=variant'), ['VARIANT_CREATED']);
    assert.deepEqual(await actions('?object=DLR001&action=DEALER_CREATED'), ['DEALER_CREATED']);
    for (const none of ['?subject=bob', `?from=${tomorrow}`, '?to=2020-01-01'])
      assert.deepEqual(await actions(none), [], none);
    assert.equal((await api.call('GET', '/api/admin/audit?action=EATEN')).status, 400);
  });

  it('is for admins of all dealers alone', async () => {
    for (const claims of [{ dealers: ['DLR001'] }, { role: 'advisor' as const }]) {
      const authorization = `Bearer ${await api.token(claims)}`;
      const refused = await api.call('GET', '/api/admin/audit', { headers: { authorization } });
      assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
    }
  });
});
