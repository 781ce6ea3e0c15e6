import assert from 'node:assert/strict';
import type { BookingStatus } from '../../src/domain/booking.ts';
import type { BookingChanges } from '../../src/domain/booking-command.ts';
import { freedDay, waitlistSettings } from '../../src/domain/waitlist.ts';
import { dayIn, daySpan } from '../../src/domain/zoned-time.ts';

describe('a place on a day', () => {
  // In Kolkata it is 5:30 later: the 1st of May there ends at 18:30 UTC.
  const KOLKATA = 'Asia/Kolkata';
  const LATE = '2031-05-01T18:29:59.999Z';
  const freed = (status: BookingStatus, changes: BookingChanges, bookingDate: string | null = LATE) =>
    freedDay({ status, version: 1, advisorId: null, bookingDate, statusSince: LATE }, changes, KOLKATA);

  it('is given up by a cancel of what held one, and of nothing else', () => {
    const cancelled = (status: BookingStatus) => freed(status, { status: 'CANCELLED' });
    for (const status of ['PENDING', 'ASSIGNED', 'IN_PROGRESS', 'RESCHEDULED'] as const)
      assert.equal(cancelled(status), '2031-05-01', status);
    for (const status of ['WAITLISTED', 'NO_SHOW', 'COMPLETED', 'CANCELLED'] as const)
      assert.equal(cancelled(status), null, status);
    assert.equal(freed('PENDING', { status: 'CANCELLED' }, null), null);
  });

  it('is given up by a move to another day of the dealer’s calendar, and by no move within it', () => {
    assert.equal(freed('ASSIGNED', { bookingDate: '2031-05-01T18:30:00.000Z' }), '2031-05-01');
    assert.equal(freed('ASSIGNED', { bookingDate: '2031-04-30T18:30:00.000Z' }), null);
    assert.equal(freed('ASSIGNED', { bookingDate: '2031-04-30T18:29:59.999Z' }), '2031-05-01');
    assert.equal(freed('NO_SHOW', { bookingDate: '2031-06-01T00:00:00.000Z', status: 'RESCHEDULED' }), null);
  });

  it('is kept by whatever else happens', () => {
    for (const changes of [{}, { status: 'COMPLETED' }, { status: 'NO_SHOW' }, { note: 'x' }] as BookingChanges[])
      assert.equal(freed('IN_PROGRESS', changes), null, JSON.stringify(changes));
  });

  it('has the bounds that the calendar of its zone gives it, with the clocks changed or midnight skipped too', () => {
    const days = [
      ['UTC', '2031-05-01', '2031-05-01T00:00:00.000Z', '2031-05-02T00:00:00.000Z'],
      [KOLKATA, '2031-05-01', '2031-04-30T18:30:00.000Z', '2031-05-01T18:30:00.000Z'],
      ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
      ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
      // Midnight is skipped here, and comes twice there.
      ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z'],
      ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
    ] as const;
    for (const [zone, day, from, until] of days) {
      assert.deepEqual(daySpan(day, zone), { from, until }, zone);
      const [first, next] = [Date.parse(from), Date.parse(until)];
      assert.deepEqual([dayIn(first, zone), dayIn(next - 1, zone)], [day, day], zone);
      assert.ok(dayIn(first - 1, zone) < day && dayIn(next, zone) > day, zone);
    }
  });

  it('goes to the waitlist unless the dealer says no, by UTC where no zone is known', () => {
    assert.deepEqual(waitlistSettings({}), { isOn: true, timeZone: 'UTC' });
    assert.deepEqual(waitlistSettings({ waitlist: true, timeZone: KOLKATA }), { isOn: true, timeZone: KOLKATA });
    assert.deepEqual(waitlistSettings({ waitlist: false, timeZone: null }), { isOn: false, timeZone: 'UTC' });
    assert.equal(dayIn(Date.parse(LATE), 'no such zone'), '2031-05-01');
  });
});
