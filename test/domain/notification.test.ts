import assert from 'node:assert/strict';
import type { BookingStatus } from '../../src/domain/booking.ts';
import {
  judgeNotification,
  NOTIFICATION_KINDS,
  type NotificationKind,
  type NotificationVerdict,
} from '../../src/domain/notification.ts';
import { type NotificationFacts, tellNotification } from '../../src/domain/notification-view.ts';

const DATE = '2027-03-01T10:00:00.000Z';
const BEFORE = Date.parse('2027-02-28T10:00:00Z');
const AFTER = Date.parse('2027-03-02T10:00:00Z');

describe('a notification that is to be delivered', () => {
  const outcome = (verdict: NotificationVerdict) => (verdict.holds ? 'HOLDS' : verdict.reason);
  const judge = (
    kind: NotificationKind,
    booking: { status?: BookingStatus; bookingDate?: string | null } | null,
    now = BEFORE,
  ) =>
    outcome(
      judgeNotification(
        // As Postgres writes a time into JSON.
        { kind, bookingId: 'b1', data: { bookingDate: '2027-03-01T10:00:00+00:00' } },
        booking && { status: 'ASSIGNED', version: 4, bookingDate: DATE, ...booking },
        now,
      ),
    );

  it('reminds of a booking that is still ahead of somebody on that date', () => {
    assert.equal(judge('REMINDER', {}), 'HOLDS');
    assert.equal(judge('REMINDER', { status: 'PENDING' }), 'HOLDS');
  });

  it('reminds of none that was cancelled, begun, moved to another date or is past', () => {
    assert.equal(judge('REMINDER', { status: 'CANCELLED' }), 'BOOKING_CANCELLED');
    for (const status of ['IN_PROGRESS', 'COMPLETED', 'NO_SHOW', 'RESCHEDULED'] as const)
      assert.equal(judge('REMINDER', { status }), 'BOOKING_MOVED_ON', status);
    assert.equal(judge('REMINDER', { bookingDate: '2027-03-01T10:00:00.001Z' }), 'DATE_MOVED');
    assert.equal(judge('REMINDER', { bookingDate: null }), 'DATE_MOVED');
    assert.equal(judge('REMINDER', {}, AFTER), 'DATE_PASSED');
  });

  it('of what time did is not told once the booking is cancelled, and is otherwise', () => {
    for (const kind of ['NO_SHOW', 'RESCHEDULE_LAPSED'] as const) {
      assert.equal(judge(kind, { status: 'CANCELLED' }), 'BOOKING_CANCELLED');
      assert.equal(judge(kind, { status: 'RESCHEDULED' }, AFTER), 'HOLDS');
    }
  });

  it('of what a person did is told whatever came after it, the cancel itself as well', () => {
    for (const kind of ['ASSIGNED', 'UNASSIGNED', 'STATUS_CHANGED', 'RESCHEDULED', 'NOTE_ADDED'] as const)
      assert.equal(judge(kind, { status: 'CANCELLED' }, AFTER), 'HOLDS', kind);
  });

  it('of a booking that is gone is told to nobody but to whom it answers', () => {
    for (const kind of NOTIFICATION_KINDS)
      assert.equal(judge(kind, null), kind === 'REFUSED' ? 'HOLDS' : 'BOOKING_REMOVED', kind);
  });

  it('of an import needs no booking', () => {
    const verdict = judgeNotification({ kind: 'IMPORT_ASSIGNED', bookingId: null, data: {} }, null, BEFORE);
    assert.equal(outcome(verdict), 'HOLDS');
  });

  it('holds for a version of its booking only where it depends on it', () => {
    const at = { status: 'ASSIGNED', version: 4, bookingDate: DATE } as const;
    const onlyAt = (kind: NotificationKind) =>
      judgeNotification({ kind, bookingId: 'b1', data: { bookingDate: DATE } }, at, BEFORE).onlyAt;
    assert.deepEqual([onlyAt('REMINDER'), onlyAt('NO_SHOW'), onlyAt('STATUS_CHANGED')], [4, 4, null]);
  });
});

describe('a notification in words', () => {
  const tell = (kind: NotificationKind, data: object, more: Partial<NotificationFacts> = {}) =>
    tellNotification({
      ...{ kind, bookingId: 'b1', importId: null, externalId: 'EXT-1', advisorName: 'Asha Rao' },
      data: { ...data },
      ...more,
    });

  it('says who did what to which booking, and why', () => {
    const moved = { by: 'alice', status: 'ASSIGNED', bookingDate: '2027-03-01T10:00:00+00:00', reason: 'nearest' };
    assert.equal(
      tell('ASSIGNED', moved),
      'alice assigned booking EXT-1 to Asha Rao; it is ASSIGNED now. Reason: nearest.',
    );
    assert.equal(tell('UNASSIGNED', { by: 'alice', reason: null }), 'alice took booking EXT-1 from Asha Rao.');
    assert.equal(
      tell('RESCHEDULED', { ...moved, reason: null }),
      'alice moved booking EXT-1 to 2027-03-01T10:00+00:00.',
    );
    assert.equal(
      tell('STATUS_CHANGED', { by: 'alice', status: 'CANCELLED' }),
      'alice changed booking EXT-1 to CANCELLED.',
    );
  });

  it('says why something was refused and what is allowed', () => {
    const data = { code: 'TRANSITION_NOT_ALLOWED', message: 'No.', allowed: ['IN_PROGRESS'] };
    assert.equal(tell('REFUSED', data), 'Your change of booking EXT-1 was refused: No. Allowed: IN_PROGRESS.');
  });

  it('names a booking without an external id by its own', () => {
    const text = tell('NO_SHOW', { reason: 'nobody began it' }, { externalId: null });
    assert.equal(text, 'Booking b1 became NO_SHOW: nobody began it.');
  });

  it('says whose place a booking got from the waitlist', () => {
    const text = tell('WAITLIST_PROMOTED', { status: 'PENDING', reason: 'booking b7 gave up its place' });
    assert.equal(text, 'Booking EXT-1 has left the waitlist and is PENDING: booking b7 gave up its place.');
  });

  it('sums up an import', () => {
    const of = { bookingId: null, externalId: null, importId: 'I1' };
    const count = (bookings: number) => tell('IMPORT_ASSIGNED', { bookings, fileName: 'a.csv' }, of);
    assert.equal(count(12), '12 bookings were assigned to Asha Rao by import I1 (a.csv).');
    assert.equal(count(1), '1 booking was assigned to Asha Rao by import I1 (a.csv).');
  });
});
