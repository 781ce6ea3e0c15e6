import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AssignmentDesk, STRATEGIES } from '../../src/domain/assignment.ts';
import { BOOKING_STATUSES } from '../../src/domain/booking.ts';
import type { BookingAttempt, BookingWish, CommandedBooking } from '../../src/domain/booking-command.ts';
import { judgeCommand } from '../../src/domain/judge-command.ts';
import { mayTarget, TRANSITIONS } from '../../src/domain/transitions.ts';

const NOW = '2027-03-01T12:00:00.000Z';
const BOOKING: CommandedBooking = {
  status: 'ASSIGNED',
  version: 3,
  advisorId: 'asha',
  bookingDate: '2027-03-04T10:00:00.000Z',
  statusSince: '2027-03-01T10:00:00.000Z',
};
const attempt = (wish: BookingWish, more: Partial<BookingAttempt> = {}): BookingAttempt => ({
  ...{ wish, role: 'admin', owns: true, advisorAvailable: true, desk: null, expectedVersion: null },
  ...{ occurredAt: null, now: NOW },
  ...more,
});
const judge = (wish: BookingWish, more: Partial<BookingAttempt> = {}, booking: Partial<CommandedBooking> = {}) =>
  judgeCommand({ ...BOOKING, ...booking }, attempt(wish, more));
const codeOf = (verdict: ReturnType<typeof judgeCommand>) => (verdict.ok ? 'OK' : verdict.code);

const status = fc.constantFrom(...BOOKING_STATUSES);
const role = fc.constantFrom('admin' as const, 'advisor' as const);
const instant = fc
  .integer({ min: Date.parse('2027-02-01'), max: Date.parse('2027-04-01') })
  .map((ms) => new Date(ms).toISOString());
const wish: fc.Arbitrary<BookingWish> = fc.oneof(
  fc.record({ kind: fc.constant('changeStatus' as const), status }),
  fc.record({
    kind: fc.constant('assign' as const),
    advisorId: fc.constantFrom('asha', 'ben'),
    insteadOf: fc.constantFrom('asha', 'ben', null),
  }),
  fc.record({
    kind: fc.constant('assign' as const),
    strategy: fc.constantFrom(...STRATEGIES),
    insteadOf: fc.constantFrom('asha', 'ben', null),
  }),
  fc.record({ kind: fc.constant('reschedule' as const), bookingDate: instant }),
  fc.record({ kind: fc.constant('addNote' as const), note: fc.string() }),
);
const booking: fc.Arbitrary<CommandedBooking> = fc.record({
  status,
  version: fc.integer({ min: 1, max: 5 }),
  advisorId: fc.constantFrom('asha', 'ben', null),
  bookingDate: fc.option(instant),
  statusSince: instant,
});
const desk: fc.Arbitrary<AssignmentDesk> = fc.record({
  candidates: fc.subarray([
    { id: 'asha', active: 2, isHome: true },
    { id: 'ben', active: 1, isHome: false },
  ]),
  lastTurn: fc.constantFrom('asha', 'ben', null),
});
const anyAttempt: fc.Arbitrary<BookingAttempt> = fc.record({
  ...{ wish, role, owns: fc.boolean(), advisorAvailable: fc.boolean(), desk: fc.option(desk), now: fc.constant(NOW) },
  expectedVersion: fc.option(fc.integer({ min: 1, max: 5 })),
  occurredAt: fc.option(instant),
});

describe('judging a command', () => {
  it('never leaves the table, whatever is asked of whatever booking', () => {
    fc.assert(
      fc.property(booking, anyAttempt, (found, asked) => {
        const verdict = judgeCommand(found, asked);
        const to = verdict.ok ? verdict.changes.status : undefined;
        // A booking that is put off and has lost its advisor goes to PENDING by way of RESCHEDULED.
        const lost = verdict.ok && verdict.action === 'RESCHEDULED' && verdict.changes.advisorId === null;
        const ways = lost ? TRANSITIONS.RESCHEDULED : [];
        if (to !== undefined)
          assert.ok([...TRANSITIONS[found.status], ...ways].includes(to), `${found.status} → ${to}`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never lets an advisor change what is another’s, nor go where only admins go', () => {
    fc.assert(
      fc.property(booking, anyAttempt, (found, asked) => {
        const verdict = judgeCommand(found, { ...asked, role: 'advisor' });
        if (!asked.owns) assert.equal(codeOf(verdict), 'BOOKING_NOT_FOUND');
        if (!verdict.ok || asked.wish.kind !== 'changeStatus') return;
        assert.ok(mayTarget('advisor', asked.wish.status));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never makes a booking ASSIGNED without an advisor who can take it, nor PENDING with one', () => {
    fc.assert(
      fc.property(booking, anyAttempt, (found, asked) => {
        const verdict = judgeCommand(found, asked);
        if (!verdict.ok || verdict.changes.status === undefined) return;
        const { status: to, advisorId = found.advisorId } = verdict.changes;
        const isThere = asked.advisorAvailable || asked.desk?.candidates.some(({ id }) => id === advisorId);
        if (to === 'ASSIGNED') assert.ok(advisorId !== null && isThere);
        if (to === 'PENDING') assert.equal(advisorId, null);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never passes over a version that moved, and says what is allowed in every refusal of a visible booking', () => {
    fc.assert(
      fc.property(booking, anyAttempt, (found, asked) => {
        const verdict = judgeCommand(found, asked);
        if (verdict.ok) return assert.ok(asked.expectedVersion === null || asked.expectedVersion === found.version);
        if (verdict.code !== 'BOOKING_NOT_FOUND') assert.equal(verdict.status, found.status);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses what happened before the booking came into its status, and takes what happened after', () => {
    const start: BookingWish = { kind: 'changeStatus', status: 'IN_PROGRESS' };
    assert.equal(codeOf(judge(start, { occurredAt: '2027-03-01T09:58:59.999Z' })), 'STATUS_OUTDATED');
    // A clock that is a little behind.
    assert.equal(codeOf(judge(start, { occurredAt: '2027-03-01T09:59:00.000Z' })), 'OK');
    assert.equal(codeOf(judge(start, { occurredAt: '2027-03-01T10:00:00.000Z' })), 'OK');
    assert.equal(codeOf(judge(start)), 'OK');
  });

  it('takes an advisor who swaps with another, and not one whom another admin has just chosen', () => {
    const toBen = (insteadOf: string | null): BookingWish => ({ kind: 'assign', advisorId: 'ben', insteadOf });
    assert.deepEqual(judge(toBen('asha')), { ok: true, action: 'ASSIGNED', changes: { advisorId: 'ben' } });
    assert.equal(codeOf(judge(toBen(null))), 'ALREADY_ASSIGNED');
    assert.equal(codeOf(judge(toBen('asha'), { advisorAvailable: false })), 'ADVISOR_UNAVAILABLE');
    assert.deepEqual(judge(toBen(null), {}, { status: 'PENDING', advisorId: null }), {
      ok: true,
      action: 'ASSIGNED',
      changes: { advisorId: 'ben', status: 'ASSIGNED' },
    });
  });

  it('changes nothing when the advisor has the booking already', () => {
    const verdict = judge({ kind: 'assign', advisorId: 'asha', insteadOf: null });
    assert.deepEqual(verdict, { ok: true, action: 'ASSIGNED', changes: {} });
  });

  it('moves a booking by its status, and never into the past', () => {
    const move = (bookingDate: string): BookingWish => ({ kind: 'reschedule', bookingDate });
    const later = '2027-03-09T10:00:00.000Z';
    const changesIn = (from: CommandedBooking['status']) => {
      const verdict = judge(move(later), {}, { status: from });
      return verdict.ok ? verdict.changes : verdict.code;
    };
    assert.deepEqual(changesIn('PENDING'), { bookingDate: later });
    assert.deepEqual(changesIn('ASSIGNED'), { bookingDate: later });
    assert.deepEqual(changesIn('NO_SHOW'), { bookingDate: later, status: 'RESCHEDULED' });
    assert.deepEqual(changesIn('IN_PROGRESS'), { bookingDate: later, status: 'RESCHEDULED' });
    assert.equal(changesIn('COMPLETED'), 'BOOKING_CLOSED');
    assert.equal(changesIn('CANCELLED'), 'BOOKING_CLOSED');
    assert.equal(codeOf(judge(move(NOW))), 'DATE_PASSED');
  });
});
