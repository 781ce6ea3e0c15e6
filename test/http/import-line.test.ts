import assert from 'node:assert/strict';
import { finishImport, pauseImport } from '../../activities/end-import.ts';
import { startLostImports } from '../../activities/start-lost-imports.ts';
import { importMetrics } from '../../db/import-metrics.ts';
import { run } from '../../db/query.ts';
import type { ImportRound } from '../../src/domain/import.ts';
import { SHUT_DOORS } from '../support/shut-doors.ts';
import { type Answered, type RunningApi, startApi } from './running-api.ts';

const IMPORTS = '/api/admin/bookings/imports';
const importCaps = { running: 2, waiting: 3 };

describe('an admin’s imports', function () {
  this.timeout(60_000);
  let api: RunningApi;
  let files = 0;
  let admin: string;
  before(async () => {
    api = await startApi({ limits: { importCaps } });
  });
  beforeEach(async () => {
    files += 1;
    admin = `Bearer ${await api.token({ sub: `admin-${files}` })}`;
  });
  after(() => api.stop());

  const csv = (name: string) => `customer_name,dealer_code,booking_date\n${name} ${files},DLR001,2027-01-01\n`;
  const send = (name: string, path = 'import'): Promise<Answered> =>
    api.upload(`/api/admin/bookings/${path}`, { content: csv(name) }, { authorization: admin });
  const act = (method: string, path: string) => api.call(method, path, { headers: { authorization: admin } });
  const position = async (id: string) => (await act('GET', `${IMPORTS}/${id}`)).body.queuePosition;
  const sendMany = async (...names: string[]): Promise<string[]> => {
    const ids: string[] = [];
    for (const name of names) ids.push((await send(name)).body.id);
    return ids;
  };
  /** What a worker does, and which workflows it starts. */
  const worker = () => {
    const started: ImportRound[] = [];
    const startImport = async (round: ImportRound) => started.push(round) > 0;
    return { deps: { ...SHUT_DOORS, db: api.db, importCaps, startImport }, started };
  };

  it('beyond those that may run wait in line, with a position, and beyond those that may wait are refused', async () => {
    const answers = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
      answers.push(await send(name, name === 'e' ? 'validate' : 'import'));
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.queuePosition]),
      [
        [202, null],
        [202, null],
        [202, 1],
        [202, 2],
        [202, 3],
        [429, undefined],
      ],
    );
    const refused = answers[5];
    assert.equal(refused?.body.code, 'TOO_MANY_IMPORTS');
    assert.ok(Number(refused?.headers.get('retry-after')) > 0);
    const { items } = (await act('GET', `${IMPORTS}?adminId=admin-${files}`)).body;
    assert.deepEqual(
      items.map((item: { queuePosition: number | null }) => item.queuePosition),
      [3, 2, 1, null, null],
    );
  });

  it('that wait are counted apart from those that nobody has begun', async () => {
    const before = (await importMetrics(api.db)).byStatus;
    await sendMany('a', 'b', 'c', 'd', 'e');
    const { PENDING = 0, WAITING = 0 } = (await importMetrics(api.db)).byStatus;
    assert.deepEqual([PENDING - (before.PENDING ?? 0), WAITING - (before.WAITING ?? 0)], [2, 3]);
  });

  it('that come all at once never exceed what may run and wait', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => send(`n${n}`)));
    const positions = await Promise.all(
      answers.filter(({ status }) => status === 202).map(({ body }) => position(body.id)),
    );
    assert.deepEqual(positions.sort(), [1, 2, 3, null, null]);
    assert.equal(answers.filter(({ body }) => body.code === 'TOO_MANY_IMPORTS').length, 7);
  });

  it('don’t count for another admin', async () => {
    await sendMany('a', 'b', 'c');
    const { body } = await api.upload(
      '/api/admin/bookings/import',
      { content: csv('other') },
      { authorization: `Bearer ${await api.token({ sub: `other-${files}` })}` },
    );
    assert.deepEqual([body.status, body.queuePosition], ['PENDING', null]);
  });

  it('are the same import when the same file comes again while it waits, also when the line is full', async () => {
    const ids = await sendMany('a', 'b', 'c', 'd', 'e');
    const again = await send('d');
    assert.deepEqual([again.status, again.body.id, again.body.queuePosition], [202, ids[3], 2]);
  });

  it('are started in their order, one for each that ends', async () => {
    const [first = '', , third = '', fourth = ''] = await sendMany('a', 'b', 'c', 'd');
    const { deps, started } = worker();
    await finishImport(deps, { importId: first, round: 1 }, 'ROWS_FAILED');
    assert.deepEqual(started, [{ importId: third, round: 1 }]);
    assert.deepEqual([await position(third), await position(fourth)], [null, 1]);
  });

  it('are cancelled while they wait, and those behind move up; a retry takes its place at the end', async () => {
    const [, , third = '', fourth = ''] = await sendMany('a', 'b', 'c', 'd');
    const cancelled = await act('DELETE', `${IMPORTS}/${third}`);
    assert.deepEqual([cancelled.status, cancelled.body.status, cancelled.body.queuePosition], [200, 'CANCELLED', null]);
    assert.equal(await position(fourth), 1);
    assert.equal((await act('POST', `${IMPORTS}/${third}/retry`)).body.queuePosition, 2);
  });

  it('give their place on when they are cancelled while they run', async () => {
    const [first = '', , third = ''] = await sendMany('a', 'b', 'c');
    await act('DELETE', `${IMPORTS}/${first}`);
    assert.equal(await position(third), null);
  });

  it('can’t be paused before they have begun, and say what can be done', async () => {
    const [, , third = ''] = await sendMany('a', 'b', 'c');
    const { status, body } = await act('POST', `${IMPORTS}/${third}/pause`);
    assert.deepEqual([status, body.code, body.allowed], [409, 'IMPORT_WAITING', ['cancel']]);
  });

  it('hold no place while they are paused, and need one to be resumed', async () => {
    const [first = '', second = '', third = ''] = await sendMany('a', 'b', 'c');
    const { deps, started } = worker();
    await pauseImport(deps, { importId: first, round: 1 }, { code: 'PAUSED_BY_ADMIN', message: 'by hand' });
    assert.deepEqual(started, [{ importId: third, round: 1 }]);
    const { status, body } = await act('POST', `${IMPORTS}/${first}/resume`);
    assert.deepEqual([status, body.code, body.allowed], [429, 'TOO_MANY_IMPORTS', ['resume', 'cancel']]);
    await act('DELETE', `${IMPORTS}/${second}`);
    // Temporal is away: nothing is resumed, and that is what Postgres says.
    assert.equal((await act('POST', `${IMPORTS}/${first}/resume`)).status, 503);
    assert.equal((await act('GET', `${IMPORTS}/${first}`)).body.phase, 'paused');
  });

  it('whose turn nobody saw are started by the reconcile, no more than may run', async () => {
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = await sendMany('a', 'b', 'c', 'd', 'e');
    await run(api.db, `update booking_imports set status = 'FAILED' where id in ($1, $2)`, [first, second]);
    // Those of the other tests are not this one's.
    await run(api.db, `update booking_imports set status = 'FAILED' where admin_id <> $1`, [`admin-${files}`]);
    const { deps, started } = worker();
    await startLostImports(deps);
    assert.deepEqual(started.map(({ importId }) => importId).sort(), [third, fourth]);
    await startLostImports(deps);
    assert.equal(started.length, 2);
    assert.equal(await position(fifth), 1);
  });
});
