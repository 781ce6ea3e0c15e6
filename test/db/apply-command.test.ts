import assert from 'node:assert/strict';
import { applyCommand } from '../../db/apply-command.ts';
import { createCommand, keepCommand, type NewCommand } from '../../db/booking-commands.ts';
import { closeDatabase, connectDatabase } from '../../db/connect.ts';
import { fireTimer } from '../../db/fire-timer.ts';
import { findLifecycleState } from '../../db/lifecycle-state.ts';
import type { BookingWish, CommandResult } from '../../src/domain/booking-command.ts';
import type { LifecycleState, TimerKind } from '../../src/domain/lifecycle-timers.ts';
import { ASHA, addAdvisors, addBooking, BEN, notificationsOf, trailOf } from '../support/bookings.ts';
import { openStore, type Store } from '../support/store.ts';
import { untilOneWaits } from '../support/until-one-waits.ts';

describe('a stored command', function () {
  this.timeout(60_000);
  let store: Store;
  before(async () => {
    store = await openStore();
    await addAdvisors(store);
  });
  after(() => store.close());

  const START: BookingWish = { kind: 'changeStatus', status: 'IN_PROGRESS' };
  const wanted = (bookingId: string, wish: BookingWish, more: Partial<NewCommand> = {}): NewCommand => ({
    ...{ bookingId, wish, role: 'admin', key: null, reason: null, expectedVersion: null, occurredAt: null },
    actor: { subject: 'alice', ip: '10.0.0.7', userAgent: 'test agent' },
    respondAsync: false,
    ...more,
  });
  async function store1(command: NewCommand, db = store.db): Promise<string> {
    const stored = await createCommand(db, command);
    if (!stored.ok) throw new Error(stored.failure.message);
    return stored.value.id;
  }
  async function apply(command: NewCommand): Promise<CommandResult> {
    const applied = await applyCommand(store.db, command.bookingId, await store1(command));
    if (!applied) throw new Error('the command is gone');
    return applied.result;
  }
  const codeOf = (result: CommandResult | undefined) => (result && !result.ok ? result.code : 'OK');
  const assigned = () => addBooking(store, { status: 'ASSIGNED', advisorId: ASHA.id });
  const rowOf = async (id: string) =>
    (await store.rows('select status, version, advisor_id as advisor from bookings where id = $1', [id]))[0];
  const actionsOf = async (id: string) => (await trailOf(store, id)).map(({ action }) => action);

  it('is applied once however often it is, and answers alike', async () => {
    const id = await assigned();
    const commandId = await store1(wanted(id, START, { reason: 'here' }));
    const first = await applyCommand(store.db, id, commandId);
    const second = await applyCommand(store.db, id, commandId);
    assert.deepEqual(first?.result, { ok: true, status: 'IN_PROGRESS', version: 2 });
    assert.deepEqual(second, first);
    assert.deepEqual(await rowOf(id), { status: 'IN_PROGRESS', version: 2, advisor: ASHA.id });
    assert.deepEqual(await actionsOf(id), ['STATUS_CHANGED']);
    assert.deepEqual(
      (await notificationsOf(store, id)).map(({ kind, advisorId }) => [kind, advisorId]),
      [['STATUS_CHANGED', ASHA.id]],
    );
  });

  it('is applied once by ten workers at the same moment', async () => {
    const id = await assigned();
    const commandId = await store1(wanted(id, START));
    const all = await Promise.all(Array.from({ length: 10 }, () => applyCommand(store.db, id, commandId)));
    for (const one of all) assert.deepEqual(one?.result, { ok: true, status: 'IN_PROGRESS', version: 2 });
    assert.deepEqual(await actionsOf(id), ['STATUS_CHANGED']);
  });

  /** Has a command applied while a transaction that did `first` is open, until it waits for that one to end. */
  async function applyBehind(command: { id: string; bookingId: string }, first: string, values: unknown[]) {
    const tx = await store.db.transaction();
    await store.db.query(first, { transaction: tx, bind: values });
    const applying = applyCommand(store.db, command.bookingId, command.id);
    await untilOneWaits(store);
    await tx.commit();
    return applying;
  }

  it('that was judged by what another change was just replacing is judged again', async () => {
    const bookingId = await assigned();
    const id = await store1(wanted(bookingId, START));
    const cancel = "update bookings set status = 'CANCELLED', version = version + 1 where id = $1";
    const applied = await applyBehind({ id, bookingId }, cancel, [bookingId]);
    assert.equal(codeOf(applied?.result), 'TRANSITION_NOT_ALLOWED');
    assert.deepEqual(await actionsOf(bookingId), ['REFUSED']);
  });

  it('keeps the answer that another try is just storing', async () => {
    const bookingId = await assigned();
    const id = await store1(wanted(bookingId, START));
    const refusal = { ok: false, code: 'FORBIDDEN', message: 'no', allowed: [], status: 'ASSIGNED', version: 1 };
    const store2 = 'update booking_commands set result = $2 where id = $1';
    const applied = await applyBehind({ id, bookingId }, store2, [id, JSON.stringify(refusal)]);
    assert.deepEqual(applied?.result, refusal);
    assert.deepEqual(await rowOf(bookingId), { status: 'ASSIGNED', version: 1, advisor: ASHA.id });
    assert.deepEqual(await actionsOf(bookingId), []);
  });

  it('never meets another half-way: of many at once each sees the booking as the one before it left it', async () => {
    const id = await assigned();
    const wishes: BookingWish[] = Array.from({ length: 12 }, (_, n) =>
      n % 3 === 0 ? START : { kind: 'addNote', note: `note ${n}` },
    );
    const results = await Promise.all(wishes.map((wish) => apply(wanted(id, wish))));
    const versions = results.flatMap((result) => (result.ok ? [result.version] : [])).sort((a, b) => a - b);
    assert.deepEqual(versions, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const refused = results.filter((result) => !result.ok);
    assert.deepEqual(
      refused.map((result) => !result.ok && result.code),
      ['TRANSITION_NOT_ALLOWED', 'TRANSITION_NOT_ALLOWED', 'TRANSITION_NOT_ALLOWED'],
    );
    const [booking] = await store.rows<{ notes: string }>(
      `select metadata ->> 'notes' as notes from bookings where id = $1`,
      [id],
    );
    assert.equal(booking?.notes.split('\n').length, 8);
    assert.equal((await rowOf(id))?.version, 10);
  });

  it('writes who did it from where, and only what is different', async () => {
    const id = await addBooking(store);
    await apply(wanted(id, { kind: 'assign', advisorId: BEN.id, insteadOf: null }, { reason: 'nearest' }));
    const [row] = await store.rows(
      `select changed_by, action, old_value, new_value, change_reason, host(ip_address) as ip, user_agent
       from booking_audit_logs where booking_id = $1`,
      [id],
    );
    assert.deepEqual(row, {
      changed_by: 'alice',
      action: 'ASSIGNED',
      old_value: { advisor_id: null, status: 'PENDING' },
      new_value: { advisor_id: BEN.id, status: 'ASSIGNED' },
      change_reason: 'nearest',
      ip: '10.0.0.7',
      user_agent: 'test agent',
    });
  });

  it('tells both advisors when one takes over from the other', async () => {
    const id = await assigned();
    await apply(wanted(id, { kind: 'assign', advisorId: BEN.id, insteadOf: ASHA.id }));
    assert.deepEqual((await notificationsOf(store, id)).map(({ kind, advisorId }) => [kind, advisorId]).sort(), [
      ['ASSIGNED', BEN.id],
      ['UNASSIGNED', ASHA.id],
    ]);
  });

  it('lets one of two admins who assign at once win, and tells the other', async () => {
    const id = await addBooking(store);
    const results = await Promise.all(
      [ASHA.id, BEN.id].map((advisorId) => apply(wanted(id, { kind: 'assign', advisorId, insteadOf: null }))),
    );
    assert.equal(results.filter((result) => result.ok).length, 1);
    assert.deepEqual(results.map((result) => (result.ok ? 'OK' : result.code)).sort(), ['ALREADY_ASSIGNED', 'OK']);
  });

  it('gives a booking to nobody who is inactive or does not serve its dealer', async () => {
    const id = await addBooking(store);
    for (const advisorId of ['cleo', 'nobody']) {
      const result = await apply(wanted(id, { kind: 'assign', advisorId, insteadOf: null }));
      assert.equal(!result.ok && result.code, 'ADVISOR_UNAVAILABLE');
    }
  });

  it('that is refused keeps its refusal, for the trail and for every repeat', async () => {
    const id = await assigned();
    const commandId = await store1(wanted(id, { kind: 'changeStatus', status: 'COMPLETED' }, { reason: 'done' }));
    const first = await applyCommand(store.db, id, commandId);
    await apply(wanted(id, START));
    const again = await applyCommand(store.db, id, commandId);
    assert.equal(codeOf(first?.result), 'TRANSITION_NOT_ALLOWED');
    // By now it would be allowed; but the answer was given.
    assert.deepEqual(again?.result, first?.result);
    assert.deepEqual((await keepCommand(store.db, commandId))?.result, first?.result);
    const [refusal] = await trailOf(store, id);
    assert.deepEqual(
      [refusal?.action, refusal?.reason, refusal?.is?.asked],
      ['REFUSED', 'done', { status: 'COMPLETED' }],
    );
  });

  it('found by its key is the same one, and another under that key is refused', async () => {
    const id = await assigned();
    const first = await createCommand(store.db, wanted(id, START, { key: 'k' }));
    const again = await createCommand(store.db, wanted(id, START, { key: 'k' }));
    assert.ok(first.ok && again.ok);
    assert.equal(again.value.id, first.value.id);
    const other = await createCommand(store.db, wanted(id, { kind: 'changeStatus', status: 'NO_SHOW' }, { key: 'k' }));
    assert.equal(!other.ok && other.failure.code, 'IDEMPOTENCY_KEY_REUSED');
    const bob = { ...wanted(id, START, { key: 'k' }), actor: { subject: 'bob', ip: null, userAgent: null } };
    const theirs = await createCommand(store.db, bob);
    assert.ok(theirs.ok && theirs.value.id !== first.value.id);
  });

  it('of two equal ones stored at the same moment is one', async () => {
    const id = await assigned();
    const stored = await Promise.all(
      Array.from({ length: 8 }, () => createCommand(store.db, wanted(id, START, { key: 'same' }))),
    );
    assert.equal(new Set(stored.map((one) => one.ok && one.value.id)).size, 1);
  });

  it('counts from when it happened, and not from a phone’s clock that is ahead', async () => {
    const id = await addBooking(store, {
      status: 'ASSIGNED',
      advisorId: ASHA.id,
      statusSince: new Date(Date.now() - 7_200_000).toISOString(),
    });
    const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
    await apply(wanted(id, START, { occurredAt: anHourAgo }));
    assert.equal((await findLifecycleState(store.db, id))?.statusSince, anHourAgo);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const done = await apply(wanted(id, { kind: 'changeStatus', status: 'COMPLETED' }, { occurredAt: tomorrow }));
    assert.ok(done.ok);
    const since = (await findLifecycleState(store.db, id))?.statusSince ?? '';
    assert.ok(Date.parse(since) <= Date.now(), since);
  });

  it('by a phone whose clock is behind does not make what happened after it late', async () => {
    const since = Date.now() - 7_200_000;
    const at = (ms: number) => new Date(since + ms).toISOString();
    const id = await addBooking(store, { status: 'ASSIGNED', advisorId: ASHA.id, statusSince: at(0) });
    assert.ok((await apply(wanted(id, START, { occurredAt: at(-30_000) }))).ok);
    assert.equal((await findLifecycleState(store.db, id))?.statusSince, at(0));
    const complete: BookingWish = { kind: 'changeStatus', status: 'COMPLETED' };
    assert.equal(codeOf(await apply(wanted(id, complete, { occurredAt: at(1_800_000) }))), 'OK');
  });

  it('is on the disk before anybody is told that it will be judged', async () => {
    const flushed = 'select pg_current_wal_flush_lsn() >= $1::pg_lsn as "isFlushed"';
    const written = 'select pg_current_wal_insert_lsn()::text as lsn';
    const bookingId = await assigned();
    // The other tests do without, for speed.
    const name = new URL(store.url).pathname.slice(1);
    await store.run(`alter database "${name}" set synchronous_commit = on`);
    const db = connectDatabase(store.url, { poolSize: 1, applicationName: 'waits for the disk' });
    for (const respondAsync of [true, false]) {
      const id = await store1(wanted(bookingId, START, { respondAsync }), db);
      const lsn = (await store.rows<{ lsn: string }>(written))[0]?.lsn;
      if (!respondAsync) assert.equal((await keepCommand(db, id))?.result, null);
      assert.deepEqual(await store.rows(flushed, [lsn]), [{ isFlushed: true }], `respond-async ${respondAsync}`);
    }
    const first = await store1(wanted(bookingId, START, { key: 'again' }), db);
    const lsn = (await store.rows<{ lsn: string }>(written))[0]?.lsn;
    assert.equal(await store1(wanted(bookingId, START, { key: 'again', respondAsync: true }), db), first);
    assert.deepEqual(await store.rows(flushed, [lsn]), [{ isFlushed: true }], 'a repeat that does not wait');
    await closeDatabase(db);
  });

  it('for a booking that is gone is refused as such', async () => {
    const id = await assigned();
    const commandId = await store1(wanted(id, START));
    await store.run('delete from bookings where id = $1', [id]);
    const applied = await applyCommand(store.db, id, commandId);
    assert.deepEqual([applied?.state, codeOf(applied?.result)], [null, 'BOOKING_NOT_FOUND']);
  });

  it('of another booking is none of this one', async () => {
    const [id, other] = [await assigned(), await assigned()];
    const commandId = await store1(wanted(other, START));
    assert.equal(await applyCommand(store.db, id, commandId), undefined);
    assert.equal((await rowOf(other))?.status, 'ASSIGNED');
  });

  describe('and a timer', () => {
    const stateOf = async (id: string): Promise<LifecycleState> => {
      const state = await findLifecycleState(store.db, id);
      if (!state) throw new Error('no such booking');
      return state;
    };
    const fire = async (id: string, kind: TimerKind, state: LifecycleState) =>
      (await fireTimer(store.db, id, kind, state)).state;

    it('reminds once of a date', async () => {
      const id = await assigned();
      const before = await stateOf(id);
      const after = await fire(id, 'reminder', before);
      await fire(id, 'reminder', before);
      assert.deepEqual([before.remindedFor, after?.remindedFor], [null, before.bookingDate]);
      assert.deepEqual(
        (await notificationsOf(store, id)).map(({ kind }) => kind),
        ['REMINDER'],
      );
    });

    it('reminds neither of a booking that was cancelled meanwhile nor of a date that moved', async () => {
      const [cancelled, moved] = [await assigned(), await assigned()];
      const states = [await stateOf(cancelled), await stateOf(moved)] as const;
      await store.run(`update bookings set status = 'CANCELLED' where id = $1`, [cancelled]);
      await store.run(`update bookings set booking_date = booking_date + interval '1 day' where id = $1`, [moved]);
      await fire(cancelled, 'reminder', states[0]);
      await fire(moved, 'reminder', states[1]);
      assert.deepEqual([...(await notificationsOf(store, cancelled)), ...(await notificationsOf(store, moved))], []);
    });

    it('waits for a cancel that is under way, and then does not remind', async () => {
      const id = await assigned();
      const state = await stateOf(id);
      const tx = await store.db.transaction();
      await store.db.query(`update bookings set status = 'CANCELLED' where id = '${id}'`, { transaction: tx });
      const firing = fire(id, 'reminder', state);
      await untilOneWaits(store);
      await tx.commit();
      assert.equal((await firing)?.status, 'CANCELLED');
      assert.deepEqual(await notificationsOf(store, id), []);
    });

    it('makes a no-show once, by the system', async () => {
      const id = await assigned();
      const state = await stateOf(id);
      const after = await fire(id, 'noShow', state);
      await fire(id, 'noShow', state);
      assert.deepEqual([after?.status, after?.version, after?.advisorId], ['NO_SHOW', 2, ASHA.id]);
      const trail = await trailOf(store, id);
      assert.deepEqual(
        trail.map(({ action, who, was, is }) => ({ action, who, was, is })),
        [{ action: 'STATUS_CHANGED', who: 'system', was: { status: 'ASSIGNED' }, is: { status: 'NO_SHOW' } }],
      );
    });

    it('makes no no-show of a booking that was begun, or that came back ASSIGNED since', async () => {
      const [begun, back] = [await assigned(), await assigned()];
      const states = [await stateOf(begun), await stateOf(back)] as const;
      await apply(wanted(begun, START));
      for (const status of ['RESCHEDULED', 'ASSIGNED'])
        await store.run('update bookings set status = $2 where id = $1', [back, status]);
      assert.equal((await fire(begun, 'noShow', states[0]))?.status, 'IN_PROGRESS');
      assert.equal((await fire(back, 'noShow', states[1]))?.status, 'ASSIGNED');
    });

    it('returns to PENDING what nobody rescheduled, without its advisor', async () => {
      const id = await addBooking(store, { status: 'RESCHEDULED', advisorId: ASHA.id });
      const after = await fire(id, 'rescheduleDeadline', await stateOf(id));
      assert.deepEqual([after?.status, after?.advisorId], ['PENDING', null]);
      assert.deepEqual(
        (await notificationsOf(store, id)).map(({ kind }) => kind),
        ['RESCHEDULE_LAPSED'],
      );
    });
  });

  it('finds the clock moved by whoever changes a status behind the lifecycle', async () => {
    const id = await addBooking(store, { statusSince: '2026-01-01T00:00:00.000Z' });
    await store.run(`update bookings set status = 'CANCELLED' where id = $1`, [id]);
    const since = Date.parse((await findLifecycleState(store.db, id))?.statusSince ?? '');
    assert.ok(Math.abs(Date.now() - since) < 60_000);
  });

  it('leaves a booking of a historical import without timers', async () => {
    await store.run(
      `insert into booking_imports (id, admin_id, filename, import_settings) values ('I-past', 'alice', 'a.csv', '{"historical": true}')`,
    );
    const id = await assigned();
    await store.run(`update bookings set import_id = 'I-past' where id = $1`, [id]);
    assert.equal((await findLifecycleState(store.db, id))?.historical, true);
  });
});
