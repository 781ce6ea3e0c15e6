import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { deliverLeftNotifications, deliverNotifications } from '../../activities/deliver-notifications.ts';
import type { NotificationChannel } from '../../activities/notification-channel.ts';
import { listNotifications } from '../../db/notification-feed.ts';
import { ASHA, addAdvisors, addBooking } from '../support/bookings.ts';
import { addNotification } from '../support/notifications.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openStore, type Store } from '../support/store.ts';

interface Told {
  id: string;
  kind: string;
}

describe('delivering notifications', function () {
  this.timeout(60_000);
  let store: Store;
  before(async () => {
    quietRuntime();
    store = await openStore();
    await addAdvisors(store);
  });
  after(() => store.close());

  /** Takes down what it is told, and fails when it is told to. */
  const channel = (name: string, fails: (one: Told, n: number) => boolean = () => false) => {
    const told: Told[] = [];
    let calls = 0;
    const deliver: NotificationChannel['deliver'] = async ({ id, kind }) => {
      calls += 1;
      if (fails({ id, kind }, calls)) throw new Error(`${name} is away`);
      told.push({ id, kind });
    };
    return { name, deliver, told };
  };
  const deliver = (id: string, ...channels: NotificationChannel[]) =>
    new MockActivityEnvironment().run(deliverNotifications, { db: store.db, channels }, id);
  const stateOf = (bookingId: string) =>
    store.rows(
      `select kind, feed_id is not null as fed, delivered_at is not null as delivered, drop_reason as dropped
       from notifications where booking_id = $1 order by id`,
      [bookingId],
    );
  const inFeed = async (bookingId: string) => {
    const scope = { advisorEmail: null, dealerCodes: [], subject: 'alice' };
    const { items } = await listNotifications(store.db, scope, { limit: 200, cursor: null });
    return items.filter((one) => one.bookingId === bookingId).map(({ kind }) => kind);
  };
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const remindable = async () => {
    const bookingDate = inDays(1);
    const bookingId = await addBooking(store, { status: 'ASSIGNED', advisorId: ASHA.id, bookingDate });
    const id = await addNotification(store, { bookingId, kind: 'REMINDER', data: { bookingDate } });
    return { bookingId, id };
  };

  it('tells each once, in the order of what happened, however often it is asked', async () => {
    const bookingId = await addBooking(store);
    for (const kind of ['ASSIGNED', 'NOTE_ADDED', 'STATUS_CHANGED'] as const)
      await addNotification(store, { bookingId, kind });
    const mail = channel('mail');
    assert.deepEqual(await deliver(bookingId, mail), { delivered: 3 });
    assert.deepEqual(await deliver(bookingId, mail), { delivered: 0 });
    assert.deepEqual(await inFeed(bookingId), ['STATUS_CHANGED', 'NOTE_ADDED', 'ASSIGNED']);
    assert.deepEqual(
      mail.told.map(({ kind }) => kind),
      ['ASSIGNED', 'NOTE_ADDED', 'STATUS_CHANGED'],
    );
  });

  it('puts each into the feed once, though several do it at the same moment', async () => {
    const bookingId = await addBooking(store);
    for (let n = 0; n < 5; n += 1) await addNotification(store, { bookingId });
    await Promise.all(Array.from({ length: 6 }, () => deliver(bookingId)));
    assert.equal((await inFeed(bookingId)).length, 5);
  });

  it('goes through more than one portion', async () => {
    const bookingId = await addBooking(store);
    await store.run(
      `insert into notifications (booking_id, event, kind, data) select $1, n::text, 'NOTE_ADDED', '{}' from generate_series(1, 205) n`,
      [bookingId],
    );
    assert.deepEqual(await deliver(bookingId), { delivered: 205 });
  });

  it('drops the reminder of a booking that was cancelled, and tells the cancel', async () => {
    const { bookingId } = await remindable();
    await store.run(`update bookings set status = 'CANCELLED', version = 2 where id = $1`, [bookingId]);
    await addNotification(store, { bookingId, kind: 'STATUS_CHANGED', data: { status: 'CANCELLED' } });
    assert.deepEqual(await deliver(bookingId), { delivered: 1 });
    assert.deepEqual(await inFeed(bookingId), ['STATUS_CHANGED']);
    assert.deepEqual(await stateOf(bookingId), [
      { kind: 'REMINDER', fed: false, delivered: false, dropped: 'BOOKING_CANCELLED' },
      { kind: 'STATUS_CHANGED', fed: true, delivered: true, dropped: null },
    ]);
  });

  it('drops the reminder of a date that moved', async () => {
    const { bookingId } = await remindable();
    await store.run('update bookings set booking_date = $2, version = 2 where id = $1', [bookingId, inDays(9)]);
    await deliver(bookingId);
    assert.deepEqual(await inFeed(bookingId), []);
    assert.equal((await stateOf(bookingId))[0]?.dropped, 'DATE_MOVED');
  });

  it('asks a channel that failed again, from there on, and no other channel twice', async () => {
    const bookingId = await addBooking(store);
    const ids = [await addNotification(store, { bookingId }), await addNotification(store, { bookingId })];
    const mail = channel('mail');
    const webhook = channel('webhook', (_, n) => n === 2);
    await assert.rejects(deliver(bookingId, mail, webhook), /webhook is away/);
    // The feed and the mail don't wait for it.
    assert.equal((await inFeed(bookingId)).length, 2);
    assert.deepEqual(
      (await stateOf(bookingId)).map(({ delivered }) => delivered),
      [true, false],
    );
    await deliver(bookingId, mail, webhook);
    for (const { told } of [mail, webhook])
      assert.deepEqual(
        told.map(({ id }) => id),
        ids,
      );
    assert.ok((await stateOf(bookingId)).every(({ delivered }) => delivered));
  });

  it('of what was left lying takes what is old enough, and goes on behind what fails', async () => {
    const [old, young, failing] = [await addBooking(store), await addBooking(store), await addBooking(store)];
    for (const bookingId of [failing, old, young]) await addNotification(store, { bookingId });
    const age = `update notifications set created_at = now() - make_interval(secs => $2) where booking_id = $1`;
    await store.run(age, [failing, 90]);
    await store.run(age, [old, 61]);
    await store.run(age, [young, 55]);
    const stuck = (
      await store.rows<{ id: string }>('select id from notifications where booking_id = $1', [failing])
    )[0];
    const mail = channel('mail', ({ id }) => id === stuck?.id);
    const left = () => new MockActivityEnvironment().run(deliverLeftNotifications, { db: store.db, channels: [mail] });
    assert.deepEqual(await left(), { delivered: 1 });
    assert.deepEqual([await inFeed(old), await inFeed(young)], [['NOTE_ADDED'], []]);
    assert.equal((await stateOf(failing))[0]?.delivered, false);
  });
});
