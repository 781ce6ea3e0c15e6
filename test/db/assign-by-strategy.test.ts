import assert from 'node:assert/strict';
import { applyCommand } from '../../db/apply-command.ts';
import { createCommand } from '../../db/booking-commands.ts';
import { rows, run, withTransaction } from '../../db/query.ts';
import type { Strategy } from '../../src/domain/assignment.ts';
import type { BookingWish, CommandResult } from '../../src/domain/booking-command.ts';
import { addBooking, notificationsOf, trailOf } from '../support/bookings.ts';
import { ADMIN, openStore, type Store } from '../support/store.ts';
import { untilOneWaits } from '../support/until-one-waits.ts';

const FUTURE = '2031-05-06T10:00:00.000Z';

describe('assigning by a strategy', function () {
  this.timeout(60_000);
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
    await store.run(
      `insert into advisors (id, email, name, is_active) select 'a' || n, 'a' || n || '@example.com', 'Advisor ' || n, n < 4
       from generate_series(1, 4) n`,
    );
    await store.run(
      `insert into advisor_dealers (advisor_id, dealer_id, is_home) select id, 'd1', id <> 'a1' from advisors`,
    );
  });
  afterEach(() => store.close());

  async function send(bookingId: string, wish: BookingWish, reason: string | null = null): Promise<CommandResult> {
    const stored = await createCommand(store.db, {
      ...{ bookingId, wish, reason, actor: ADMIN, role: 'admin', key: null },
      ...{ expectedVersion: null, occurredAt: null, respondAsync: false },
    });
    assert.ok(stored.ok);
    const applied = await applyCommand(store.db, bookingId, stored.value.id);
    assert.ok(applied);
    // A worker that dies behind the commit applies it again.
    assert.deepEqual((await applyCommand(store.db, bookingId, stored.value.id))?.result, applied.result);
    return applied.result;
  }
  const assign = (id: string, strategy: Strategy, insteadOf: string | null = null, reason: string | null = null) =>
    send(id, { kind: 'assign', strategy, insteadOf }, reason);
  const rowOf = async (id: string) =>
    (await store.rows('select status, advisor_id as advisor, version from bookings where id = $1', [id]))[0];
  const advisorOf = async (id: string) => (await rowOf(id))?.advisor;
  const busy = async (advisorId: string, n: number) => {
    for (let left = n; left > 0; left -= 1)
      await addBooking(store, { status: left % 2 ? 'ASSIGNED' : 'IN_PROGRESS', advisorId });
  };
  const sharesOf = async (ids: string[]) =>
    (
      await store.rows<{ n: number }>(
        `select count(b.id)::int as n from advisors a left join bookings b on b.advisor_id = a.id and b.id = any ($1)
         where a.is_active group by a.id order by a.id`,
        [ids],
      )
    ).map(({ n }) => n);
  const codeOf = (result: CommandResult) => (result.ok ? 'OK' : result.code);

  it('chooses who has least to do, and says why beside what the admin says', async () => {
    await Promise.all([busy('a1', 3), busy('a2', 1), busy('a3', 2)]);
    await addBooking(store, { status: 'COMPLETED', advisorId: 'a2' });
    await addBooking(store, { status: 'COMPLETED', advisorId: 'a2' });
    const id = await addBooking(store);
    await assign(id, 'least_loaded', null, 'Ben is on leave');
    assert.deepEqual(await rowOf(id), { status: 'ASSIGNED', advisor: 'a2', version: 2 });
    const why = 'least loaded: 1 against 2';
    assert.deepEqual(await trailOf(store, id), [
      {
        action: 'ASSIGNED',
        who: 'alice',
        was: { status: 'PENDING', advisor_id: null },
        is: { status: 'ASSIGNED', advisor_id: 'a2', why },
        reason: 'Ben is on leave',
      },
    ]);
    const other = await addBooking(store);
    await assign(other, 'least_loaded');
    assert.equal((await trailOf(store, other))[0]?.reason, 'least loaded: 2 against 2');
    const [told] = await notificationsOf(store, other);
    assert.deepEqual([told?.kind, told?.advisorId, told?.data.reason], ['ASSIGNED', 'a2', 'least loaded: 2 against 2']);
  });

  it('chooses at the home dealer only who is at home there', async () => {
    await Promise.all([busy('a2', 2), busy('a3', 1)]);
    const id = await addBooking(store);
    await assign(id, 'dealer_based');
    assert.equal(await advisorOf(id), 'a3');
    assert.equal((await trailOf(store, id))[0]?.reason, 'home dealer, least loaded: 1 against 2');
  });

  it('goes on in turn where it stopped, also behind somebody who has left', async () => {
    const next = async () => {
      const id = await addBooking(store);
      await assign(id, 'round_robin');
      return advisorOf(id);
    };
    assert.deepEqual([await next(), await next()], ['a1', 'a2']);
    await store.run(`update advisors set is_active = id <> 'a2'`);
    await store.run(`update advisors set is_active = false where id = 'a4'`);
    assert.deepEqual([await next(), await next()], ['a3', 'a1']);
  });

  for (const strategy of ['least_loaded', 'round_robin'] as const)
    it(`gives ten bookings that come at once out evenly, each of them once (${strategy})`, async () => {
      const ids = await Promise.all(Array.from({ length: 10 }, () => addBooking(store)));
      const results = await Promise.all(ids.map((id) => assign(id, strategy)));
      for (const result of results) assert.deepEqual(result, { ok: true, status: 'ASSIGNED', version: 2 });
      assert.deepEqual((await sharesOf(ids)).sort(), [3, 3, 4]);
      const trails = await Promise.all(ids.map((id) => trailOf(store, id)));
      assert.ok(trails.every(({ length }) => length === 1));
    });

  it('waits for whoever is choosing at the same dealer, and counts what that one has assigned', async () => {
    await Promise.all([busy('a2', 1), busy('a3', 1)]);
    const id = await addBooking(store);
    let assigning: Promise<CommandResult> | undefined;
    await withTransaction(store.db, async (tx) => {
      const chosen = await rows<{ advisor_id: string }>(
        tx,
        `select advisor_id from choose_advisors('least_loaded', '{b}', '{d1}')`,
      );
      assert.deepEqual(chosen, [{ advisor_id: 'a1' }]);
      await run(
        tx,
        `insert into bookings (dealer_id, customer_name, status, advisor_id)
        select 'd1', 'Customer', 'ASSIGNED', 'a1' from generate_series(1, 2)`,
      );
      assigning = assign(id, 'least_loaded');
      await untilOneWaits(store);
    });
    assert.equal(codeOf((await assigning) as CommandResult), 'OK');
    assert.equal(await advisorOf(id), 'a2');
  });

  it('changes nothing when it chooses the advisor whom the booking has, and swaps when it chooses another', async () => {
    await Promise.all([busy('a2', 1), busy('a3', 1)]);
    const id = await addBooking(store, { status: 'ASSIGNED', advisorId: 'a1' });
    // It is no load of its own: without it a1 has nothing to do.
    assert.deepEqual(await assign(id, 'least_loaded', 'a1'), { ok: true, status: 'ASSIGNED', version: 1 });
    assert.deepEqual(await trailOf(store, id), []);
    await assign(id, 'dealer_based', 'a1');
    assert.deepEqual(await rowOf(id), { status: 'ASSIGNED', advisor: 'a2', version: 2 });
    assert.deepEqual((await notificationsOf(store, id)).map(({ kind, advisorId }) => [kind, advisorId]).sort(), [
      ['ASSIGNED', 'a2'],
      ['UNASSIGNED', 'a1'],
    ]);
  });

  it('refuses where nobody can take it, and says so', async () => {
    const id = await addBooking(store);
    await store.run(`update advisor_dealers set is_home = false`);
    const result = await assign(id, 'dealer_based');
    assert.ok(!result.ok);
    assert.deepEqual(
      [result.code, result.status, result.allowed.includes('assign')],
      ['NO_ADVISOR_AVAILABLE', 'PENDING', true],
    );
    assert.deepEqual(
      (await trailOf(store, id)).map(({ action, is }) => [action, is?.code, is?.asked]),
      [['REFUSED', 'NO_ADVISOR_AVAILABLE', { strategy: 'dealer_based', insteadOf: null }]],
    );
    await store.run('delete from advisor_dealers');
    for (const strategy of ['round_robin', 'least_loaded'] as const)
      assert.equal(codeOf(await assign(id, strategy)), 'NO_ADVISOR_AVAILABLE');
    await store.run('update bookings set dealer_id = null where id = $1', [id]);
    assert.equal(codeOf(await assign(id, 'round_robin')), 'NO_ADVISOR_AVAILABLE');
    assert.deepEqual(await rowOf(id), { status: 'PENDING', advisor: null, version: 1 });
  });

  it('takes no turn when it is refused', async () => {
    const closed = await addBooking(store, { status: 'COMPLETED', advisorId: 'a1' });
    assert.equal(codeOf(await assign(closed, 'round_robin', 'a1')), 'BOOKING_CLOSED');
    const id = await addBooking(store);
    await assign(id, 'round_robin');
    assert.equal(await advisorOf(id), 'a1');
  });

  describe('and a booking that is put off', () => {
    const reschedule: BookingWish = { kind: 'reschedule', bookingDate: FUTURE };
    const given = (status: 'ASSIGNED' | 'IN_PROGRESS' | 'NO_SHOW' | 'RESCHEDULED') =>
      addBooking(store, { status, advisorId: 'a1' });

    it('keeps its advisor, who can take it', async () => {
      for (const [from, to] of [
        ['ASSIGNED', 'ASSIGNED'],
        ['IN_PROGRESS', 'RESCHEDULED'],
        ['NO_SHOW', 'RESCHEDULED'],
      ] as const) {
        const id = await given(from);
        await send(id, reschedule);
        assert.deepEqual(await rowOf(id), { status: to, advisor: 'a1', version: 2 });
      }
      const id = await given('RESCHEDULED');
      await send(id, { kind: 'changeStatus', status: 'ASSIGNED' });
      assert.deepEqual(await rowOf(id), { status: 'ASSIGNED', advisor: 'a1', version: 2 });
    });

    for (const [left, sql] of [
      ['is no longer active', `update advisors set is_active = false where id = 'a1'`],
      ['no longer serves its dealer', `delete from advisor_dealers where advisor_id = 'a1'`],
    ] as const)
      it(`loses an advisor who ${left}, and its trail and that advisor are told`, async () => {
        const moved = [await given('ASSIGNED'), await given('IN_PROGRESS'), await given('NO_SHOW')];
        const told = await given('IN_PROGRESS');
        await store.run(sql);
        for (const id of moved) await send(id, reschedule, 'the customer rang');
        await send(told, { kind: 'changeStatus', status: 'RESCHEDULED' });
        assert.deepEqual(
          await Promise.all([...moved, told].map(async (id) => rowOf(id))),
          ['PENDING', 'RESCHEDULED', 'RESCHEDULED', 'RESCHEDULED'].map((status) => ({
            status,
            advisor: null,
            version: 2,
          })),
        );
        const [entry] = await trailOf(store, moved[0] ?? '');
        assert.deepEqual(
          [entry?.action, entry?.reason, entry?.is?.advisor_id, entry?.is?.why],
          ['RESCHEDULED', 'the customer rang', null, 'its advisor is no longer active for its dealer'],
        );
        const kinds = (await notificationsOf(store, moved[0] ?? '')).map(({ kind, advisorId }) => [kind, advisorId]);
        assert.deepEqual(kinds.sort(), [
          ['RESCHEDULED', null],
          ['UNASSIGNED', 'a1'],
        ]);
      });

    it('does not become ASSIGNED without an advisor who can take it, but does by a strategy', async () => {
      const id = await given('RESCHEDULED');
      await store.run(`update advisors set is_active = false where id = 'a1'`);
      const toAssigned: BookingWish = { kind: 'changeStatus', status: 'ASSIGNED' };
      assert.equal(codeOf(await send(id, toAssigned)), 'ADVISOR_UNAVAILABLE');
      await send(id, reschedule);
      assert.deepEqual(await rowOf(id), { status: 'RESCHEDULED', advisor: null, version: 2 });
      assert.equal(codeOf(await send(id, toAssigned)), 'ADVISOR_REQUIRED');
      await assign(id, 'least_loaded');
      assert.deepEqual(await rowOf(id), { status: 'ASSIGNED', advisor: 'a2', version: 3 });
    });
  });
});
