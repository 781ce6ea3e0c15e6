import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type MendedWindow, mendLifecycles } from '../../activities/mend-lifecycles.ts';
import type { RunningLifecycle } from '../../src/domain/lifecycle-match.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { SHUT_DOORS } from '../support/shut-doors.ts';
import { openStore, type Store } from '../support/store.ts';

const LONG_AGO = '2020-01-01T00:00:00.000Z';
const idOf = (n: number) => `M${String(n).padStart(5, '0')}`;

describe('going through a window of bookings', () => {
  let store: Store;
  before(async () => {
    quietRuntime();
    store = await openStore();
    await store.run(
      `insert into bookings (id, dealer_id, customer_name, status, booking_date, created_at, updated_at)
       select 'M' || lpad(n::text, 5, '0'), 'd1', 'Customer', 'PENDING', now() + interval '90 days', $1, $1
       from generate_series(1, 450) n`,
      [LONG_AGO],
    );
  });
  after(() => store.close());

  /** Of the bookings whose number `runs` wants; what each tells of itself is none of this test's business. */
  const running = (runs: (n: number) => boolean, more: RunningLifecycle[] = []) => [
    ...Array.from({ length: 450 }, (_, n) => n + 1)
      .filter(runs)
      .map(idOf)
      .map(lifecycle),
    ...more,
  ];
  const lifecycle = (bookingId: string): RunningLifecycle => ({
    bookingId,
    startedAt: LONG_AGO,
    ...{ status: null, dealerCode: null, advisorId: null, importId: null, nextDue: null },
  });

  async function mend(all: RunningLifecycle[], after = '') {
    const started: string[] = [];
    const refreshed: string[] = [];
    const listed: [string, string | null][] = [];
    const lifecycles = {
      ...SHUT_DOORS.lifecycles,
      startBooking: async (id: string) => started.push(id) > 0,
      refreshBooking: async (id: string) => void refreshed.push(id),
      listRunning: async (from: string, upTo: string | null) => {
        listed.push([from, upTo]);
        return all.filter(({ bookingId: id }) => id > from && (upTo === null || id <= upTo));
      },
    };
    const deps = { db: store.db, lifecycles, lifecycleStartsPerSecond: 10_000 };
    const activity = () => mendLifecycles(deps, { after, quietSeconds: 60 });
    const window = (await new MockActivityEnvironment().run(activity)) as MendedWindow;
    return { window, started, refreshed, listed };
  }

  it('looks at each once, slice by slice, and mends what it finds at their borders', async () => {
    const missing = [1, 200, 201, 400, 401, 450];
    const { window, started, listed } = await mend(running((n) => !missing.includes(n)));
    assert.deepEqual(window, { started: missing.length, refreshed: 0, ended: 0, next: null });
    assert.deepEqual(started, missing.map(idOf));
    assert.deepEqual(listed, [
      ['', idOf(200)],
      [idOf(200), idOf(400)],
      [idOf(400), null],
    ]);
  });

  it('ends workflows without a booking, whichever slice they lie in', async () => {
    const orphans = ['M00000', `${idOf(200)}x`, 'N'];
    const { window, refreshed } = await mend(running(() => true, orphans.map(lifecycle)));
    assert.deepEqual(window, { started: 0, refreshed: 0, ended: 3, next: null });
    assert.deepEqual(refreshed, orphans);
  });

  it('stops behind two hundred that it had to mend, and goes on from there', async () => {
    const first = await mend([]);
    assert.deepEqual(first.window, { started: 200, refreshed: 0, ended: 0, next: idOf(200) });
    const second = await mend([], idOf(200));
    assert.deepEqual(second.window, { started: 200, refreshed: 0, ended: 0, next: idOf(400) });
    const rest = await mend([], idOf(400));
    assert.deepEqual(rest.window, { started: 50, refreshed: 0, ended: 0, next: null });
  });
});
