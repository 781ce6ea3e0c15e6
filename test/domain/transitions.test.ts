import assert from 'node:assert/strict';
import { BOOKING_STATUSES, type BookingStatus } from '../../src/domain/booking.ts';
import { allowedActions, allowedStatuses, RESCHEDULED_TO, TRANSITIONS } from '../../src/domain/transitions.ts';

// Written out once more, as the plan has it: a slip in the table must not pass because the test reads the same table.
const PLAN: [BookingStatus, BookingStatus][] = [
  ['PENDING', 'ASSIGNED'],
  ['PENDING', 'CANCELLED'],
  ['ASSIGNED', 'IN_PROGRESS'],
  ['ASSIGNED', 'CANCELLED'],
  ['ASSIGNED', 'NO_SHOW'],
  ['IN_PROGRESS', 'COMPLETED'],
  ['IN_PROGRESS', 'RESCHEDULED'],
  ['IN_PROGRESS', 'CANCELLED'],
  ['CANCELLED', 'PENDING'],
  ['NO_SHOW', 'RESCHEDULED'],
  ['NO_SHOW', 'CANCELLED'],
  ['WAITLISTED', 'PENDING'],
  ['WAITLISTED', 'CANCELLED'],
  ['RESCHEDULED', 'PENDING'],
  ['RESCHEDULED', 'ASSIGNED'],
];

describe('the transitions', () => {
  it('are the 15 of the plan and no others', () => {
    const edges = BOOKING_STATUSES.flatMap((from) => TRANSITIONS[from].map((to) => `${from} → ${to}`));
    assert.deepEqual(edges.sort(), PLAN.map(([from, to]) => `${from} → ${to}`).sort());
  });

  it('are all open to an admin, and to an advisor where something happens at the dealer’s', () => {
    for (const from of BOOKING_STATUSES) assert.deepEqual(allowedStatuses(from, 'admin'), TRANSITIONS[from]);
    assert.deepEqual(
      PLAN.filter(([from, to]) => allowedStatuses(from, 'advisor').includes(to)).map(([from, to]) => `${from} → ${to}`),
      [
        'ASSIGNED → IN_PROGRESS',
        'ASSIGNED → NO_SHOW',
        'IN_PROGRESS → COMPLETED',
        'IN_PROGRESS → RESCHEDULED',
        'NO_SHOW → RESCHEDULED',
      ],
    );
  });

  it('let a new date keep a status or take an edge of the table, and nothing else', () => {
    for (const from of BOOKING_STATUSES) {
      const to = RESCHEDULED_TO[from];
      assert.ok(to === null || to === from || TRANSITIONS[from].includes(to), `${from} → ${to}`);
    }
  });

  it('leave only notes for what is over', () => {
    assert.deepEqual(allowedActions('COMPLETED', 'admin'), ['addNote']);
    assert.deepEqual(allowedActions('CANCELLED', 'advisor'), ['addNote']);
    assert.deepEqual(allowedActions('ASSIGNED', 'admin'), [
      'IN_PROGRESS',
      'CANCELLED',
      'NO_SHOW',
      'assign',
      'reschedule',
      'addNote',
    ]);
  });
});
