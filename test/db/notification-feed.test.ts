import assert from 'node:assert/strict';
import { type FeedScope, findFeedHead, listNotifications, listTold } from '../../db/notification-feed.ts';
import { feedNotification } from '../../db/notification-outbox.ts';
import { ASHA, addAdvisors, addBooking, BEN } from '../support/bookings.ts';
import { addNotification, type GivenNotification } from '../support/notifications.ts';
import { openStore, type Store } from '../support/store.ts';
import { untilOneWaits } from '../support/until-one-waits.ts';
import { waitFor } from '../support/wait-for.ts';

const ALL: FeedScope = { advisorEmail: null, dealerCodes: [], subject: 'alice' };

describe('the feed', function () {
  this.timeout(60_000);
  let store: Store;
  let bookingId: string;
  beforeEach(async () => {
    store = await openStore();
    await addAdvisors(store);
    bookingId = await addBooking(store);
  });
  afterEach(() => store.close());

  const feed = (id: string, version: number | null = null) => feedNotification(store.db, id, version, []);
  const tell = async (given: GivenNotification = {}) => {
    const id = await addNotification(store, { bookingId, ...given });
    await feed(id);
    return id;
  };
  const placesOf = async (ids: string[]) =>
    (
      await store.rows<{ place: string }>(
        `select lpad(feed_id::text, 12, '0') as place from notifications where id = any ($1) order by array_position($1, id::text)`,
        [ids],
      )
    ).map(({ place }) => place);
  const idsFor = async (scope: FeedScope) =>
    (await listNotifications(store.db, scope, { limit: 200, cursor: null })).items.map(({ id }) => id);

  it('shows nothing before it is told, then the newest first', async () => {
    const waiting = await addNotification(store, { bookingId });
    const ids = [await tell(), await tell()];
    assert.deepEqual(await idsFor(ALL), (await placesOf(ids)).reverse());
    await feed(waiting);
    const [first] = await idsFor(ALL);
    assert.deepEqual([first], await placesOf([waiting]));
  });

  it('has one place for a notification however often, and by however many at once, it is told', async () => {
    const id = await addNotification(store, { bookingId });
    await Promise.all(Array.from({ length: 8 }, () => feed(id)));
    const [place] = await placesOf([id]);
    await feed(id);
    assert.deepEqual(await placesOf([id]), [place]);
    assert.equal((await idsFor(ALL)).length, 1);
  });

  it('shows to each what is theirs, and nothing that is for another person alone', async () => {
    const [ashas, bens, dealers, elsewhere, carols, toAsha] = await placesOf([
      await tell({ advisorId: ASHA.id }),
      await tell({ advisorId: BEN.id }),
      await tell(),
      await tell({ dealerId: 'd2' }),
      await tell({ subject: 'carol' }),
      await tell({ subject: ASHA.email, dealerId: null }),
    ]);
    const advisor = (email: string, dealerCodes: string[] = []): FeedScope => ({
      ...{ advisorEmail: email, subject: email, dealerCodes },
    });
    const admin = (subject: string, ...dealerCodes: string[]): FeedScope => ({ ...ALL, subject, dealerCodes });
    const cases: [FeedScope, (string | undefined)[]][] = [
      [advisor(ASHA.email), [toAsha, ashas]],
      [advisor(ASHA.email, ['DLR002']), [toAsha]],
      [advisor('ASHA@example.com'), [ashas]],
      [advisor('cleo@example.com'), []],
      [advisor(BEN.email), [bens]],
      [admin('alice'), [elsewhere, dealers, bens, ashas]],
      [admin('carol'), [carols, elsewhere, dealers, bens, ashas]],
      [admin('carol', 'DLR002'), [carols, elsewhere]],
      [admin('alice', 'DLR001', 'DLR002'), [elsewhere, dealers, bens, ashas]],
      [admin('alice', 'DLR009'), []],
    ];
    for (const [scope, expected] of cases) {
      assert.deepEqual(await idsFor(scope), expected, JSON.stringify(scope));
      const told = await listTold(store.db, scope, '0'.repeat(12), 200);
      assert.deepEqual(
        told.map(({ id }) => id),
        expected.toReversed(),
        JSON.stringify(scope),
      );
    }
    await store.run('update advisors set is_active = false where id = $1', [BEN.id]);
    assert.deepEqual(await idsFor(advisor(BEN.email)), []);
  });

  it('comes in pages that neither skip nor repeat while others are told', async () => {
    for (let n = 0; n < 12; n += 1) await tell({ advisorId: n % 2 ? ASHA.id : null });
    const before = await idsFor(ALL);
    const seen: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof listNotifications>> = await listNotifications(store.db, ALL, {
        limit: 5,
        cursor,
      });
      seen.push(...page.items.map(({ id }) => id));
      await tell();
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    assert.deepEqual(seen, before);
  });

  it('lets nobody get in behind a reader by committing late', async () => {
    const [slow, quick] = [await addNotification(store, { bookingId }), await addNotification(store, { bookingId })];
    const tx = await store.db.transaction();
    await store.db.query(`select feed_notification('${slow}', null, '{}')`, { transaction: tx });
    const waiting = feed(quick);
    const locked = `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    await waitFor(async () => (await store.rows(locked)).length === 1);
    assert.deepEqual(await listTold(store.db, ALL, '0'.repeat(12), 10), []);
    await tx.commit();
    await waiting;
    const told = (await listTold(store.db, ALL, '0'.repeat(12), 10)).map(({ id }) => id);
    assert.deepEqual(told, await placesOf([slow, quick]));
  });

  it('is followed without a gap or a repeat while many are told at once', async () => {
    const ids = await Promise.all(Array.from({ length: 150 }, () => addNotification(store, { bookingId })));
    const seen: string[] = [];
    let place = '0'.repeat(12);
    let isTold = false;
    const telling = Promise.all(ids.map((id) => feed(id))).then(() => {
      isTold = true;
    });
    for (let last = false; ; last = isTold) {
      const told = await listTold(store.db, ALL, place, 20);
      seen.push(...told.map(({ id }) => id));
      place = told.at(-1)?.id ?? place;
      if (last && told.length === 0) break;
    }
    await telling;
    assert.deepEqual(seen, (await placesOf(ids)).sort());
    assert.equal(await findFeedHead(store.db), place);
  });

  it('takes nothing of a booking that has moved on since it was judged, and waits for a cancel under way', async () => {
    const id = await addNotification(store, { bookingId, kind: 'REMINDER' });
    assert.equal(await feed(id, 7), false);
    const tx = await store.db.transaction();
    await store.db.query(`update bookings set status = 'CANCELLED', version = 2 where id = '${bookingId}'`, {
      transaction: tx,
    });
    const feeding = feed(id, 1);
    await untilOneWaits(store);
    await tx.commit();
    assert.equal(await feeding, false);
    assert.deepEqual(await idsFor(ALL), []);
    assert.equal(await feed(id, 2), true);
  });

  it('gives a reminder to whoever has the booking by then', async () => {
    await store.run('update bookings set advisor_id = $2 where id = $1', [bookingId, BEN.id]);
    await tell({ kind: 'REMINDER', advisorId: ASHA.id });
    const [found] = await store.rows('select advisor_id as "advisorId" from notifications');
    assert.deepEqual(found, { advisorId: BEN.id });
  });

  it('tells times, names and a sentence', async () => {
    const external = await addBooking(store);
    await store.run(`update bookings set external_id = 'EXT-1' where id = $1`, [external]);
    await tell({ bookingId: external, kind: 'ASSIGNED', advisorId: ASHA.id, data: { status: 'ASSIGNED' } });
    const { items } = await listNotifications(store.db, ALL, { limit: 1, cursor: null });
    const { at, happenedAt, id, ...rest } = items[0] ?? assert.fail('nothing is told');
    assert.ok(happenedAt <= at && /^\d{12}$/.test(id));
    assert.deepEqual(rest, {
      kind: 'ASSIGNED',
      bookingId: external,
      externalId: 'EXT-1',
      importId: null,
      dealerCode: 'DLR001',
      data: { by: 'alice', status: 'ASSIGNED' },
      text: 'alice assigned booking EXT-1 to Asha Rao; it is ASSIGNED now.',
    });
  });
});
