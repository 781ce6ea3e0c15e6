import fc from 'fast-check';
import { BOOKING_STATUSES, type BookingStatus } from '../../../src/domain/booking.ts';
import type { Hours } from './booking-model.ts';

// What can happen to a booking, as data: what a step means is decided as it is played, by where the booking stands.

export const HOUR = 3_600_000;
/** Dates are off the round hours in which the clock moves: what is due just now is due or not by a millisecond. */
export const OFF_THE_HOUR = 7 * 60_000;

/** The booking as it is found. */
export interface Given {
  status: BookingStatus;
  advisor: 'asha' | 'ben' | null;
  dateInHours: number;
  sinceHoursAgo: number;
  hours: Hours;
  /** Whether its workflow is started before anything is asked of it. */
  started: boolean;
}

export type Wish =
  /** One of those that are allowed: sequences of refusals alone would get nowhere. */
  | { to: 'next'; nth: number }
  | { to: BookingStatus }
  | { to: 'advisor'; advisor: 'asha' | 'ben' | 'cleo'; seen: boolean }
  | { to: 'date'; inHours: number }
  | { to: 'note' };
export interface Ask {
  who: 'alice' | 'asha' | 'ben' | 'owner';
  wish: Wish;
  match: 'any' | 'right' | 'wrong';
  /** When it happened; negative: by a clock that is ahead. */
  hoursAgo: number | null;
}
export type Door = 'update' | 'signal';

export type Step =
  | { step: 'send'; ask: Ask; doors: Door[] }
  /** Several at once. */
  | { step: 'together'; asks: { ask: Ask; door: Door }[] }
  /** Signals that arrive while no worker runs. */
  | { step: 'away'; asks: Ask[]; copies: number; refresh: boolean }
  | { step: 'repeat'; nth: number; doors: Door[] }
  | { step: 'refresh' }
  | { step: 'behind'; change: { status: BookingStatus } | { dateInHours: number }; told: boolean }
  | { step: 'move'; hours: number }
  | { step: 'restart'; under: Ask | null }
  /** The next activities fail before they did anything, or after: what a worker's death looks like to the server. */
  | { step: 'trouble'; when: 'before' | 'after'; calls: number }
  /** An operator ends the workflow. */
  | { step: 'terminate' };

const oneOf = fc.constantFrom;
const status = oneOf(...BOOKING_STATUSES);
const dateInHours = fc.oneof(fc.integer({ min: -60, max: 60 }), fc.integer({ min: 60, max: 2_000 }));

const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ to: fc.constant('next' as const), nth: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ to: status }) },
  {
    weight: 3,
    arbitrary: fc.record({
      to: fc.constant('advisor' as const),
      advisor: oneOf('asha', 'asha', 'ben', 'ben', 'cleo'),
      seen: oneOf(true, true, true, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ to: fc.constant('date' as const), inHours: dateInHours }) },
  { weight: 1, arbitrary: fc.record({ to: fc.constant('note' as const) }) },
);
const ask: fc.Arbitrary<Ask> = fc.record({
  who: oneOf('alice', 'alice', 'alice', 'owner', 'owner', 'asha', 'ben'),
  wish,
  match: oneOf('any', 'any', 'any', 'right', 'wrong'),
  hoursAgo: oneOf(null, null, null, 0, 0.5, 2.5, 100.5, -0.5),
});

const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
const named = <const N extends Step['step']>(name: N) => fc.constant(name);

/** What belongs to a kind of sequence. */
export interface Mixture {
  /** The clock moves; else signals and updates come at once, which the server that skips time replays in another order. */
  moves: boolean;
  /** Calls fail; else workers come and go: a try that failed leaves something in the SDK that its worker must outlive. */
  fails: boolean;
}

export const stepsOf = (mixture: Mixture): fc.Arbitrary<Step[]> =>
  fc.array(anyStep(mixture), { minLength: 1, maxLength: 18, size: 'max' });

function anyStep({ moves, fails }: Mixture): fc.Arbitrary<Step> {
  const doorsOf = moves ? alikeDoors : mixedDoors;
  const together = doorsOf(2).chain((doors) =>
    fc.tuple(...doors.map((door) => fc.record({ ask, door: fc.constant(door) }))),
  );
  return fc.oneof(
    weighted(10, fc.record({ step: named('send'), ask, doors: doorsOf(1) })),
    weighted(3, fc.record({ step: named('together'), asks: together })),
    weighted(3, fc.record({ step: named('repeat'), nth: fc.nat(20), doors: doorsOf(1) })),
    weighted(1, fc.record({ step: named('refresh') })),
    weighted(3, behind),
    weighted(1, fc.record({ step: named('terminate') })),
    ...(moves ? [weighted(5, move)] : []),
    ...(fails ? [weighted(3, trouble)] : [weighted(1, away), weighted(1, restart)]),
  );
}

const mixedDoors = (minLength: number): fc.Arbitrary<Door[]> =>
  fc.array(oneOf<Door>('update', 'signal'), { minLength, maxLength: 3 });
const alikeDoors = (minLength: number): fc.Arbitrary<Door[]> =>
  oneOf<Door>('update', 'update', 'signal').chain((door) => fc.array(fc.constant(door), { minLength, maxLength: 3 }));
const move = fc.record({ step: named('move'), hours: oneOf(1, 5, 23, 24, 30, 48, 72, 90, 168, 400, 1_000) });
const behind = fc.record({
  step: named('behind'),
  change: fc.oneof(fc.record({ status }), fc.record({ dateInHours })),
  told: fc.boolean(),
});
const away = fc.record({
  step: named('away'),
  asks: fc.array(ask, { minLength: 1, maxLength: 4 }),
  copies: fc.integer({ min: 1, max: 3 }),
  refresh: fc.boolean(),
});
const restart = fc.record({ step: named('restart'), under: fc.option(ask, { nil: null }) });
const trouble = fc.record({
  step: named('trouble'),
  when: oneOf<'before' | 'after'>('before', 'after'),
  calls: fc.integer({ min: 1, max: 2 }),
});

export const given: fc.Arbitrary<Given> = fc.record({
  status,
  advisor: oneOf('asha', 'ben', null),
  dateInHours,
  sinceHoursAgo: oneOf(0, 1, 80, 200),
  hours: fc.record({
    reminder: oneOf(24, 24, 24, 2, null),
    noShow: oneOf(24, 24, 24, 0, null),
    reschedule: oneOf(72, 72, 72, 5, null),
    reopen: oneOf(168, 168, 168, 10, null),
  }),
  started: fc.boolean(),
});
