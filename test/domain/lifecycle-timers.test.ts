import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BOOKING_STATUSES } from '../../src/domain/booking.ts';
import {
  DEFAULT_LIFECYCLE,
  isOver,
  type LifecycleSettings,
  type LifecycleState,
  lifecycleSettings,
  nextDue,
} from '../../src/domain/lifecycle-timers.ts';

const SETTINGS: LifecycleSettings = { reminderHours: 24, noShowHours: 2, rescheduleHours: 72, reopenHours: 168 };
const STATE: LifecycleState = {
  status: 'ASSIGNED',
  version: 1,
  advisorId: 'asha',
  dealerCode: 'DLR001',
  importId: null,
  bookingDate: '2027-03-10T10:00:00.000Z',
  statusSince: '2027-03-01T10:00:00.000Z',
  remindedFor: null,
  historical: false,
  settings: SETTINGS,
};
const OFF: LifecycleSettings = { reminderHours: null, noShowHours: null, rescheduleHours: null, reopenHours: null };
const at = (iso: string) => Date.parse(iso);
const MARCH_2 = at('2027-03-02T00:00:00Z');
const dueOf = (change: Partial<LifecycleState>, now = MARCH_2) => {
  const due = nextDue({ ...STATE, ...change }, now);
  return due && `${due.kind} ${new Date(due.at).toISOString()}`;
};

const instant = fc.integer({ min: at('2027-01-01'), max: at('2028-01-01') }).map((ms) => new Date(ms).toISOString());
const hours = fc.option(fc.integer({ min: 0, max: 400 }));
const anyState: fc.Arbitrary<LifecycleState> = fc.record({
  ...{
    version: fc.constant(1),
    advisorId: fc.constant(null),
    dealerCode: fc.constant(null),
    importId: fc.constant(null),
  },
  status: fc.constantFrom(...BOOKING_STATUSES),
  bookingDate: fc.option(instant),
  statusSince: instant,
  remindedFor: fc.constant(null),
  historical: fc.boolean(),
  settings: fc.record({ reminderHours: hours, noShowHours: hours, rescheduleHours: hours, reopenHours: hours }),
});

describe('the next due time of a booking', () => {
  it('is its reminder, then its no-show', () => {
    assert.equal(dueOf({}), 'reminder 2027-03-09T10:00:00.000Z');
    assert.equal(dueOf({ remindedFor: STATE.bookingDate }), 'noShow 2027-03-10T12:00:00.000Z');
  });

  it('is a reminder again once the date has moved', () => {
    const moved = { bookingDate: '2027-03-20T10:00:00.000Z', remindedFor: STATE.bookingDate };
    assert.equal(dueOf(moved), 'reminder 2027-03-19T10:00:00.000Z');
  });

  it('is no reminder after the date', () => {
    assert.equal(dueOf({ status: 'PENDING' }, at('2027-03-10T10:00:00Z')), null);
    assert.equal(dueOf({}, at('2027-03-10T10:00:00Z')), 'noShow 2027-03-10T12:00:00.000Z');
  });

  it('is no no-show for a booking of the past that somebody gets today', () => {
    assert.equal(dueOf({ statusSince: '2027-03-11T00:00:00.000Z' }, at('2027-03-11T00:00:00Z')), null);
  });

  it('is the deadline of RESCHEDULED, the window of CANCELLED', () => {
    assert.equal(dueOf({ status: 'RESCHEDULED' }), 'rescheduleDeadline 2027-03-04T10:00:00.000Z');
    assert.equal(dueOf({ status: 'CANCELLED' }), 'reopenWindow 2027-03-08T10:00:00.000Z');
  });

  it('is none where nothing is to be waited for', () => {
    for (const status of ['IN_PROGRESS', 'COMPLETED', 'NO_SHOW', 'WAITLISTED'] as const)
      assert.equal(dueOf({ status }), null);
    assert.equal(dueOf({ bookingDate: null }), null);
  });

  it('is none for whom every timer is off, and none for a booking of a historical import', () => {
    fc.assert(
      fc.property(anyState, instant, (state, now) => {
        assert.equal(nextDue({ ...state, settings: OFF }, at(now)), null);
        assert.equal(nextDue({ ...state, historical: true }, at(now)), null);
      }),
    );
  });

  it('never changes while time passes towards it, so that no timer is set twice', () => {
    fc.assert(
      fc.property(anyState, instant, fc.double({ min: 0, max: 1, noNaN: true }), (state, start, part) => {
        const due = nextDue(state, at(start));
        if (!due || due.at <= at(start)) return;
        const meanwhile = at(start) + Math.floor((due.at - at(start)) * part);
        assert.deepEqual(nextDue(state, meanwhile), due);
      }),
    );
  });

  it('is never before the earlier of the others: at most one of them is waited for', () => {
    fc.assert(
      fc.property(anyState, instant, (state, now) => {
        const due = nextDue(state, at(now));
        const each = (['reminderHours', 'noShowHours', 'rescheduleHours', 'reopenHours'] as const).map((name) =>
          nextDue({ ...state, settings: { ...OFF, [name]: state.settings[name] } }, at(now)),
        );
        const first = Math.min(...each.map((one) => one?.at ?? Number.POSITIVE_INFINITY));
        assert.equal(due?.at ?? Number.POSITIVE_INFINITY, first);
      }),
    );
  });
});

describe('a booking', () => {
  it('is over when COMPLETED, and when CANCELLED beyond its window', () => {
    assert.ok(isOver({ ...STATE, status: 'COMPLETED' }, MARCH_2));
    assert.ok(!isOver({ ...STATE, status: 'CANCELLED' }, MARCH_2));
    assert.ok(isOver({ ...STATE, status: 'CANCELLED' }, at('2027-03-08T10:00:00Z')));
    assert.ok(isOver({ ...STATE, status: 'CANCELLED', settings: OFF }, MARCH_2));
    assert.ok(!isOver(STATE, MARCH_2));
    assert.ok(isOver({ ...STATE, historical: true }, MARCH_2));
  });
});

describe('the settings of a dealer', () => {
  it('fill in what is not said, turn off what is null or false, and pass over what makes no sense', () => {
    assert.deepEqual(lifecycleSettings(null), DEFAULT_LIFECYCLE);
    assert.deepEqual(
      lifecycleSettings({ reminderHours: null, noShowHours: false, rescheduleHours: 1.5, timeZone: 'UTC' }),
      {
        ...DEFAULT_LIFECYCLE,
        reminderHours: null,
        noShowHours: null,
        rescheduleHours: 1.5,
      },
    );
    for (const odd of ['24', -1, Number.NaN, 1e9, {}])
      assert.equal(lifecycleSettings({ reminderHours: odd }).reminderHours, DEFAULT_LIFECYCLE.reminderHours);
  });
});
