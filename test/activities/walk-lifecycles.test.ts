import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { walkLifecycles } from '../../activities/walk-lifecycles.ts';
import { beginRetry, cancelImport } from '../../db/end-import.ts';
import { findImport } from '../../db/imports.ts';
import type { ImportRound } from '../../src/domain/import.ts';
import type { WalkState } from '../../src/domain/lifecycle-walk.ts';
import { csvFile } from '../support/csv-file.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { type ImportOptions, runImport, runRound } from '../support/run-import.ts';
import { SHUT_DOORS } from '../support/shut-doors.ts';
import { ADMIN, CAPS, openStore, type Store, storeUpload } from '../support/store.ts';

const HEADER = 'external_id,customer_name,customer_phone,dealer_code,booking_date,status';
const row = (id: string, date: string, status = '') => `${id},Customer,+919812345678,DLR001,${date},${status}`;
const FUTURE = '2031-03-04T10:00:00Z';

describe("giving an import's bookings their lifecycles", () => {
  let store: Store;
  before(async () => {
    quietRuntime();
    store = await openStore();
  });
  after(() => store.close());

  const lifecyclesOf = async (importId: string) => (await findImport(store.db, importId))?.lifecycles;
  /** Walks a round, and gives the external ids of the bookings whose lifecycles it started, in their order. */
  async function walk(
    round: ImportRound,
    start: (id: string, n: number) => void = () => {},
    perSecond = 1_000,
  ): Promise<string[]> {
    const started: string[] = [];
    const startBooking = async (id: string) => {
      start(id, started.length);
      started.push(id);
      return true;
    };
    const deps = {
      db: store.db,
      lifecycles: { ...SHUT_DOORS.lifecycles, startBooking },
      lifecycleStartsPerSecond: perSecond,
    };
    const activity = () => walkLifecycles(deps, { ...round, kind: 'start' });
    const { finished } = (await new MockActivityEnvironment().run(activity)) as WalkState;
    assert.ok(finished);
    const found = await store.rows<{ id: string; name: string }>(
      'select id, external_id as name from bookings where id = any ($1)',
      [started],
    );
    return started.map((id) => found.find((booking) => booking.id === id)?.name ?? '');
  }

  it('leaves those alone that are past or closed', async () => {
    const { id } = await runImport(
      store,
      [
        HEADER,
        row('a1', FUTURE),
        row('a2', '2020-01-01T10:00:00Z'),
        row('a3', FUTURE, 'COMPLETED'),
        row('a4', FUTURE, 'CANCELLED'),
        row('a5', FUTURE, 'WAITLISTED'),
      ].join('\n'),
    );
    assert.deepEqual(await lifecyclesOf(id), { due: 2, started: 0 });
    assert.deepEqual(await walk({ importId: id, round: 1 }), ['a1', 'a5']);
    assert.deepEqual(await lifecyclesOf(id), { due: 2, started: 2 });
  });

  const nothing: [string, ImportOptions, string][] = [
    ['of a check', { dryRun: true }, FUTURE],
    ['of an import of the past', { settings: { historical: true } }, FUTURE],
    ['of an import whose dates have all passed', {}, '2020-01-01T10:00:00Z'],
  ];
  for (const [what, options, date] of nothing) {
    it(`starts none ${what}`, async () => {
      const { id, lifecycles } = await runImport(store, `${HEADER}\n${row(`n-${what}`, date)}`, options);
      assert.deepEqual(lifecycles, { due: 0, started: 0 });
      assert.deepEqual(await walk({ importId: id, round: 1 }), []);
    });
  }

  it('goes on where it was stopped, by one page at most', async () => {
    const { id } = await runImport(store, csvFile(30, undefined, 'STOP'));
    const dies = (_: string, n: number) => {
      if (n === 13) throw new Error('Temporal is away');
    };
    await assert.rejects(walk({ importId: id, round: 1 }, dies, 10), /away/);
    assert.deepEqual(await lifecyclesOf(id), { due: 30, started: 10 });
    const later = await walk({ importId: id, round: 1 });
    assert.deepEqual([later[0], later.length], ['STOP-000011', 20]);
    assert.deepEqual(await lifecyclesOf(id), { due: 30, started: 30 });
  });

  it('keeps two imports at once to one rate', async () => {
    const ids = [];
    for (const prefix of ['P', 'Q']) ids.push((await runImport(store, csvFile(30, undefined, prefix))).id);
    const begun = Date.now();
    const at: number[] = [];
    const note = () => void at.push(Date.now() - begun);
    await Promise.all(ids.map((importId) => walk({ importId, round: 1 }, note, 20)));
    assert.equal(at.length, 60);
    // The first second's worth may come at once.
    const early = at.filter((ms) => ms < 1_000).length;
    assert.ok((at.at(-1) ?? 0) >= 2_000 && early <= 41, `${early} in the first second, the last after ${at.at(-1)} ms`);
  }).timeout(20_000);

  it('starts what a retry has brought in, and not the rest once more', async () => {
    const file = [HEADER, row('r1', FUTURE), row('r2', FUTURE).replace('DLR001', 'LATER'), row('r3', FUTURE)];
    const { id } = await runImport(store, file.join('\n'));
    assert.deepEqual(await walk({ importId: id, round: 1 }), ['r1', 'r3']);
    await store.run(`insert into dealers (id, dealer_code, dealer_name) values ('dl', 'LATER', 'Later')`);
    assert.ok((await beginRetry(store.db, id, { actor: ADMIN, caps: CAPS })).ok);
    await runRound(store, { importId: id, round: 2 });
    assert.deepEqual(await lifecyclesOf(id), { due: 3, started: 2 });
    assert.deepEqual(await walk({ importId: id, round: 2 }), ['r2']);
    assert.deepEqual(await lifecyclesOf(id), { due: 3, started: 3 });
  });

  it('counts out what was closed before its turn', async () => {
    const { id } = await runImport(store, csvFile(5, undefined, 'CLOSED'));
    await store.run(`update bookings set status = 'CANCELLED' where external_id = 'CLOSED-000003'`);
    assert.equal((await walk({ importId: id, round: 1 })).length, 4);
    assert.deepEqual(await lifecyclesOf(id), { due: 4, started: 4 });
  });

  it('has nothing to do for an import that was cancelled before it began', async () => {
    const importId = await storeUpload(store.db, csvFile(5, undefined, 'NONE'));
    assert.ok((await cancelImport(store.db, importId, ADMIN)).ok);
    assert.deepEqual(await walk({ importId, round: 1 }), []);
  });
});
