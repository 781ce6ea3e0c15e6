import assert from 'node:assert/strict';
import { type TrailEntry, tellEntry } from '../../src/domain/booking-trail.ts';

const entry = (more: Partial<TrailEntry>): TrailEntry => ({
  id: 'e1',
  action: 'CREATED',
  changedBy: 'alice',
  oldValue: null,
  newValue: null,
  changeReason: null,
  ipAddress: '10.0.0.1',
  userAgent: 'phone',
  createdAt: '2027-01-01T00:00:00.000Z',
  ...more,
});
const tell = (more: Partial<TrailEntry>) => tellEntry(entry(more), (id) => ({ a1: 'Ada' })[id] ?? id);

describe("a booking's history", () => {
  const TOLD: [Partial<TrailEntry>, string][] = [
    [{ newValue: { status: 'PENDING' } }, 'alice created the booking as PENDING.'],
    [
      { action: 'IMPORTED', newValue: { status: 'ASSIGNED' }, changeReason: 'import 01X' },
      'alice imported the booking as ASSIGNED.',
    ],
    [
      { action: 'UPDATED', newValue: { customerName: 'B', bookingDate: 'C' } },
      'alice brought in other values: customerName, bookingDate.',
    ],
    [
      {
        action: 'ASSIGNED',
        oldValue: { status: 'PENDING', advisorId: null },
        newValue: { status: 'ASSIGNED', advisorId: 'a1' },
        changeReason: 'least loaded: 3 against 5',
      },
      'alice assigned it to Ada (PENDING to ASSIGNED). Reason: least loaded: 3 against 5.',
    ],
    [
      {
        action: 'ASSIGNED',
        newValue: { advisorId: 'a1', why: 'round robin: next after a7' },
        changeReason: 'Ben is on leave',
      },
      'alice assigned it to Ada. Reason: round robin: next after a7; Ben is on leave.',
    ],
    [
      {
        action: 'ASSIGNED',
        newValue: { advisorId: 'a1', why: 'least loaded: 3 against 5' },
        changeReason: 'least loaded: 3 against 5',
      },
      'alice assigned it to Ada. Reason: least loaded: 3 against 5.',
    ],
    [
      {
        action: 'RESCHEDULED',
        oldValue: { bookingDate: '2027-03-04', advisorId: 'a1', status: 'ASSIGNED' },
        newValue: {
          bookingDate: '2027-03-05',
          advisorId: null,
          status: 'PENDING',
          why: 'its advisor is no longer active for its dealer',
        },
        changeReason: 'the customer rang',
      },
      'alice put it off from 2027-03-04 to 2027-03-05 (ASSIGNED to PENDING). It has no advisor any more. Reason: its advisor is no longer active for its dealer; the customer rang.',
    ],
    [
      { action: 'ASSIGNED', oldValue: { advisorId: 'a1' }, newValue: { advisorId: null } },
      'alice assigned it to nobody.',
    ],
    [
      {
        action: 'STATUS_CHANGED',
        oldValue: { status: 'ASSIGNED' },
        newValue: { status: 'NO_SHOW' },
        changedBy: 'system',
      },
      'system changed the status from ASSIGNED to NO_SHOW.',
    ],
    [
      {
        action: 'RESCHEDULED',
        oldValue: { bookingDate: '2027-03-04T09:00:00+00:00', status: 'IN_PROGRESS' },
        newValue: { bookingDate: '2027-03-05T10:30:00+00:00', status: 'RESCHEDULED' },
      },
      'alice put it off from 2027-03-04T09:00+00:00 to 2027-03-05T10:30+00:00 (IN_PROGRESS to RESCHEDULED).',
    ],
    [{ action: 'NOTE_ADDED', newValue: { note: 'rings at noon' } }, 'alice noted: rings at noon'],
    [
      {
        action: 'REFUSED',
        newValue: {
          command: 'changeStatus',
          asked: { status: 'COMPLETED' },
          code: 'TRANSITION_NOT_ALLOWED',
          message: 'A booking that is PENDING cannot become COMPLETED.',
          allowed: ['ASSIGNED', 'CANCELLED'],
        },
      },
      'alice was refused: A booking that is PENDING cannot become COMPLETED. Allowed: ASSIGNED, CANCELLED.',
    ],
    [{ action: 'REMOVED' }, 'alice removed the booking.'],
    [
      { action: 'ERASED', changeReason: 'asked by letter' },
      "alice took a customer's data out of it. Reason: asked by letter.",
    ],
  ];
  for (const [what, text] of TOLD) it(`tells: ${text}`, () => assert.equal(tell(what).text, text));

  it('has the facts beside the words, and not where the call came from', () => {
    const moved = tell({
      action: 'STATUS_CHANGED',
      oldValue: { status: 'A' },
      newValue: { status: 'B' },
      changeReason: 'x',
    });
    assert.deepEqual(
      [moved.fromStatus, moved.toStatus, moved.note, moved.reason, moved.code, moved.allowed],
      ['A', 'B', null, 'x', null, null],
    );
    const refused = tell({ action: 'REFUSED', newValue: { code: 'FORBIDDEN', allowed: ['addNote'] } });
    assert.deepEqual([refused.fromStatus, refused.code, refused.allowed], [null, 'FORBIDDEN', ['addNote']]);
    assert.equal(tell({ action: 'NOTE_ADDED', newValue: { note: 'n' } }).note, 'n');
    assert.ok(!JSON.stringify(moved).includes('10.0.0.1'));
  });
});
