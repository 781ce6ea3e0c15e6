import assert from 'node:assert/strict';
import { type AppliedCommand, applyCommand } from '../../db/apply-command.ts';
import { createCommand, type NewCommand } from '../../db/booking-commands.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import { addAdvisors, addBooking, type GivenBooking, notificationsOf, trailOf } from '../support/bookings.ts';
import { ADMIN, openStore, type Store } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const CANCEL: BookingWish = { kind: 'changeStatus', status: 'CANCELLED' };
const NOTE: BookingWish = { kind: 'addNote', note: 'call again' };
const MORNING = '2031-05-01T06:00:00.000Z';

describe('the waitlist', function () {
  this.timeout(60_000);
  let store: Store;
  let dealers = 0;
  /** A dealer of its own for each test. */
  let dealerId: string;
  before(async () => {
    store = await openStore();
    await addAdvisors(store);
  });
  beforeEach(() => {
    dealers += 1;
    dealerId = `d${dealers}`;
  });
  after(() => store.close());

  const booked = (given: GivenBooking = {}) => addBooking(store, { dealerId, bookingDate: MORNING, ...given });
  const waiting = (given: GivenBooking = {}) => booked({ status: 'WAITLISTED', ...given });
  const set = (settings: object) =>
    store.run('update dealers set settings = $2 where id = $1', [dealerId, JSON.stringify(settings)]);
  async function inTurn(count: number, make: () => Promise<string>): Promise<string[]> {
    const made: string[] = [];
    while (made.length < count) made.push(await make());
    return made;
  }

  async function applied(bookingId: string, commandId: string): Promise<AppliedCommand> {
    const found = await applyCommand(store.db, bookingId, commandId);
    if (!found) throw new Error('the command is gone');
    return found;
  }
  async function command(bookingId: string, wish: BookingWish, more: Partial<NewCommand> = {}): Promise<string> {
    const stored = await createCommand(store.db, {
      ...{ bookingId, wish, actor: ADMIN, role: 'admin', key: null, reason: null, expectedVersion: null },
      ...{ occurredAt: null, respondAsync: false },
      ...more,
    });
    if (!stored.ok) throw new Error(stored.failure.message);
    return stored.value.id;
  }
  const send = async (bookingId: string, wish: BookingWish) => applied(bookingId, await command(bookingId, wish));
  /** Does what the bookings' workflows do with what is handed on, and gives whom it reached, in order. */
  async function follow({ caused }: AppliedCommand): Promise<string[]> {
    if (!caused) return [];
    return [caused.bookingId, ...(await follow(await applied(caused.bookingId, caused.commandId)))];
  }
  const cancel = async (bookingId: string) => follow(await send(bookingId, CANCEL));
  const moveTo = async (bookingId: string, bookingDate: string) =>
    follow(await send(bookingId, { kind: 'reschedule', bookingDate }));

  const statusesOf = async (ids: string[]) => {
    const found = await store.rows<{ id: string; status: string }>(
      'select id, status from bookings where id = any ($1)',
      [ids],
    );
    return ids.map((id) => found.find((one) => one.id === id)?.status);
  };
  const placesOf = () =>
    store.rows<{ from: string; to: string | null; outcome: string | null; day: string }>(
      `select booking_id as from, offered_to as to, outcome, day::text from waitlist_places where dealer_id = $1
       order by created_at`,
      [dealerId],
    );
  const outcomes = async () => (await placesOf()).map(({ outcome }) => outcome).sort();

  it('gives the place of a cancelled booking to the oldest who waits, and tells why', async () => {
    const gone = await booked();
    const [first, second] = [await waiting(), await waiting()];
    assert.deepEqual(await cancel(gone), [first]);
    assert.deepEqual(await statusesOf([gone, first, second]), ['CANCELLED', 'PENDING', 'WAITLISTED']);
    assert.deepEqual(await placesOf(), [{ from: gone, to: first, outcome: 'PROMOTED', day: '2031-05-01' }]);
    const reason = `booking ${gone} gave up its place`;
    assert.deepEqual(await trailOf(store, first), [
      { action: 'STATUS_CHANGED', who: 'system', was: { status: 'WAITLISTED' }, is: { status: 'PENDING' }, reason },
    ]);
    const [told, ...others] = await notificationsOf(store, first);
    assert.deepEqual(others, []);
    assert.deepEqual([told?.kind, told?.subject, told?.data.reason], ['WAITLIST_PROMOTED', null, reason]);
    assert.deepEqual(await notificationsOf(store, second), []);
  });

  it('looks at the dealer and the day alone, by the dealer’s calendar', async () => {
    await set({ timeZone: 'Asia/Kolkata' });
    const dates = ['2031-04-30T18:29:59.999Z', '2031-05-01T18:30:00.000Z'];
    const others = [
      await waiting({ dealerId: 'd49' }),
      ...(await inTurn(2, () => waiting({ bookingDate: dates.pop() }))),
    ];
    const latest = await waiting({ bookingDate: '2031-05-01T18:29:59.999Z' });
    const earliest = await waiting({ bookingDate: '2031-04-30T18:30:00.000Z' });
    const reached = [];
    for (const gone of await inTurn(3, booked)) reached.push(...(await cancel(gone)));
    assert.deepEqual(reached, [latest, earliest]);
    assert.deepEqual(await statusesOf(others), ['WAITLISTED', 'WAITLISTED', 'WAITLISTED']);
    assert.deepEqual(await outcomes(), ['PROMOTED', 'PROMOTED', 'UNCLAIMED']);
  });

  it('gives the place of a booking that is moved to another day, not of one that moves within it', async () => {
    await set({ timeZone: 'Asia/Kolkata' });
    const [moved, first] = [await booked(), await waiting()];
    const elsewhere = await waiting({ bookingDate: '2031-05-02T06:00:00.000Z' });
    assert.deepEqual(await moveTo(moved, '2031-05-01T18:29:00.000Z'), []);
    assert.deepEqual(await moveTo(moved, '2031-05-01T18:30:00.000Z'), [first]);
    assert.deepEqual(await statusesOf([moved, first, elsewhere]), ['PENDING', 'PENDING', 'WAITLISTED']);
    assert.equal((await placesOf()).length, 1);
  });

  it('gives nothing where nothing was held, the day is over, or the dealer wants none of it', async () => {
    await waiting();
    for (const status of ['WAITLISTED', 'NO_SHOW'] as const)
      assert.deepEqual(await cancel(await booked({ status })), []);
    const past = { bookingDate: new Date(Date.now() - 2 * 86_400_000).toISOString() };
    await waiting(past);
    assert.deepEqual(await cancel(await booked(past)), []);
    await set({ waitlist: false });
    assert.deepEqual(await cancel(await booked()), []);
    assert.deepEqual(await placesOf(), []);
  });

  it('promotes exactly one of five for one place, however often the change is applied and handed on', async () => {
    const [gone, five] = [await booked(), await inTurn(5, waiting)];
    const commandId = await command(gone, CANCEL);
    const answers = await Promise.all(Array.from({ length: 5 }, () => applied(gone, commandId)));
    // Each answer, from the store too, says what must be handed on while that isn't applied.
    assert.equal(new Set(answers.map(({ caused }) => caused?.commandId)).size, 1);
    assert.ok(answers[0]?.caused);
    assert.deepEqual(await Promise.all(answers.map(follow)), Array(5).fill([five[0]]));
    assert.deepEqual(await statusesOf(five), ['PENDING', 'WAITLISTED', 'WAITLISTED', 'WAITLISTED', 'WAITLISTED']);
    assert.equal((await trailOf(store, five[0] as string)).length, 1);
    assert.equal((await applied(gone, commandId)).caused, null);
  });

  it('promotes one for two places when one waits, and the other place is left', async () => {
    const [both, only] = [await inTurn(2, booked), await waiting()];
    const reached = await Promise.all(both.map(cancel));
    assert.deepEqual(reached.flat(), [only]);
    assert.deepEqual(await outcomes(), ['PROMOTED', 'UNCLAIMED']);
  });

  it('promotes ten for ten places that are given up at once, each once', async () => {
    const [held, queue] = [await inTurn(10, booked), await inTurn(10, waiting)];
    const reached = await Promise.all(held.map(cancel));
    assert.deepEqual(reached.flat().sort(), [...queue].sort());
    assert.deepEqual(await statusesOf(queue), Array(10).fill('PENDING'));
    for (const id of queue) assert.equal((await trailOf(store, id)).length, 1);
    assert.deepEqual(await outcomes(), Array(10).fill('PROMOTED'));
  });

  it('passes the place on when the one it was offered to is cancelled meanwhile', async () => {
    const [gone, [first, second]] = [await booked(), (await inTurn(2, waiting)) as [string, string]];
    const offer = await send(gone, CANCEL);
    assert.equal((await send(first, CANCEL)).caused, null);
    assert.deepEqual(await follow(offer), [first, second]);
    assert.deepEqual(await statusesOf([first, second]), ['CANCELLED', 'PENDING']);
    // Nobody was refused anything.
    assert.deepEqual(
      (await trailOf(store, first)).map(({ who }) => who),
      ['alice'],
    );
    assert.deepEqual(
      (await placesOf()).map(({ from, to }) => [from, to]),
      [[gone, second]],
    );
  });

  it('hands the place on though the worker dies between the refusal and the hand-over', async () => {
    const [gone, [first, second]] = [await booked(), (await inTurn(2, waiting)) as [string, string]];
    const { caused } = await send(gone, CANCEL);
    await send(first, CANCEL);
    await applied(first, caused?.commandId ?? '');
    assert.deepEqual(await follow(await applied(first, caused?.commandId ?? '')), [second]);
  });

  it('offers it again to who only got a note, and to nobody when nobody is left', async () => {
    const [gone, only] = [await booked(), await waiting()];
    const noted = await send(gone, CANCEL);
    await send(only, NOTE);
    assert.deepEqual(await follow(noted), [only, only]);
    assert.deepEqual(await statusesOf([only]), ['PENDING']);
    const [gone2, last] = [await booked(), await waiting()];
    const lost = await send(gone2, CANCEL);
    await store.run('delete from bookings where id = $1', [last]);
    assert.deepEqual(await follow(lost), [last]);
    assert.deepEqual(
      (await placesOf()).map(({ to, outcome }) => [to, outcome]),
      [
        [only, 'PROMOTED'],
        [null, 'UNCLAIMED'],
      ],
    );
  });

  it('stops passing a place on when the dealer turns it off', async () => {
    const [gone, [first, second]] = [await booked(), (await inTurn(2, waiting)) as [string, string]];
    const offer = await send(gone, CANCEL);
    await send(first, CANCEL);
    await set({ waitlist: false });
    assert.deepEqual(await follow(offer), [first]);
    assert.deepEqual([await statusesOf([second]), await outcomes()], [['WAITLISTED'], ['UNCLAIMED']]);
  });

  it('offers a place of its new day to who was moved while the old one was on its way', async () => {
    const [gone, mover] = [await booked(), await waiting()];
    const next = '2031-05-02T06:00:00.000Z';
    const offer = await send(gone, CANCEL);
    await send(mover, { kind: 'reschedule', bookingDate: next });
    const there = await send(await booked({ bookingDate: next }), CANCEL);
    assert.deepEqual(await Promise.all([follow(offer), follow(there)]), [[mover], [mover]]);
    assert.deepEqual(await statusesOf([mover]), ['PENDING']);
    assert.deepEqual(
      (await placesOf()).map(({ day, outcome }) => [day, outcome]),
      [
        ['2031-05-01', 'UNCLAIMED'],
        ['2031-05-02', 'PROMOTED'],
      ],
    );
  });

  it('lets a place be given up while somebody holds the row of the one who waits', async () => {
    const [gone, first] = [await booked(), await waiting()];
    const tx = await store.db.transaction();
    await store.db.query(`select from bookings where id = '${first}' for update`, { transaction: tx });
    const { caused } = await send(gone, CANCEL);
    await tx.commit();
    assert.equal(caused?.bookingId, first);
  });

  it('keeps the next one out until the place before it is given', async () => {
    const [[one, two], only] = [(await inTurn(2, booked)) as [string, string], await waiting()];
    const tx = await store.db.transaction();
    await store.db.query(`select pg_advisory_xact_lock(hashtextextended('waitlist:${dealerId}:2031-05-01', 0))`, {
      transaction: tx,
    });
    const both = [cancel(one), cancel(two)];
    const blocked = `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    await waitFor(async () => (await store.rows(blocked)).length === 2);
    await tx.commit();
    assert.deepEqual((await Promise.all(both)).flat(), [only]);
  });

  it('gives no place twice and leaves none open, whatever happens to eighty bookings of three days at once', async () => {
    const dates = [1, 2, 3].map((day) => `2031-05-0${day}T06:00:00.000Z`);
    let made = 0;
    const ids = await inTurn(80, () => {
      made += 1;
      return booked({ status: made % 4 ? 'WAITLISTED' : 'PENDING', bookingDate: dates[made % 3] as string });
    });
    const wishes = [CANCEL, NOTE, ...dates.map((bookingDate): BookingWish => ({ kind: 'reschedule', bookingDate }))];
    const rest = ids.flatMap((id, n) =>
      wishes.map((_, k) => ({ id, wish: wishes[(n + k) % 5] as BookingWish, at: (n * 37 + k * 83) % 401 })),
    );
    rest.sort((a, b) => a.at - b.at);
    const work = async () => {
      for (let next = rest.pop(); next; next = rest.pop()) await follow(await send(next.id, next.wish));
    };
    await Promise.all(Array.from({ length: 10 }, work));
    const [found] = await store.rows<{ open: number; promoted: number; told: number; passed: number }>(
      `select count(*) filter (where settled_at is null)::int as open,
         count(*) filter (where outcome = 'PROMOTED')::int as promoted,
         (select count(*)::int from booking_audit_logs where booking_id = any ($2) and changed_by = 'system') as told,
         (select count(*)::int from booking_commands where booking_id = any ($2) and subject = 'system'
          and result ->> 'ok' = 'false') as passed
       from waitlist_places where dealer_id = $1`,
      [dealerId, ids],
    );
    assert.deepEqual([found?.open, found?.promoted], [0, found?.told]);
    assert.ok((found?.promoted ?? 0) > 10, JSON.stringify(found));
  });
});
