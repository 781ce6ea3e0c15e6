import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type AssignmentDesk,
  type Candidate,
  type Choice,
  chooseAdvisor,
  STRATEGIES,
  type Strategy,
} from '../../src/domain/assignment.ts';

const candidate = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  active: fc.integer({ min: 0, max: 6 }),
  isHome: fc.boolean(),
});
const desk: fc.Arbitrary<AssignmentDesk> = fc.record({
  candidates: fc.uniqueArray(candidate, { selector: ({ id }) => id }),
  lastTurn: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')),
});
const strategy = fc.constantFrom(...STRATEGIES);

const advisor = (id: string, active = 0, isHome = true): Candidate => ({ id, active, isHome });
const chosenBy = (choice: Choice) => (choice.ok ? choice.advisorId : choice.code);
const whyOf = (choice: Choice) => (choice.ok ? choice.why : choice.message);
const eligible = (asked: Strategy, { candidates }: AssignmentDesk) =>
  candidates.filter(({ isHome }) => asked !== 'dealer_based' || isHome);

/** The desk after `times` bookings were given out, each as the choice before it left it. */
function giveOut(asked: Strategy, { candidates, lastTurn }: AssignmentDesk, times: number): string[] {
  let now = { candidates: [...candidates], lastTurn };
  return Array.from({ length: times }, () => {
    const chosen = chosenBy(chooseAdvisor(asked, now));
    const given = now.candidates.map((one) => (one.id === chosen ? { ...one, active: one.active + 1 } : one));
    now = { candidates: given, lastTurn: chosen };
    return chosen;
  });
}
const shares = (chosen: string[], among: readonly Candidate[]) =>
  among.map(({ id }) => chosen.filter((one) => one === id).length);
const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts);

describe('choosing an advisor', () => {
  it('chooses somebody who may be chosen whenever there is one, and else says that there is nobody', () => {
    fc.assert(
      fc.property(strategy, desk, (asked, given) => {
        const chosen = chosenBy(chooseAdvisor(asked, given));
        const ids = eligible(asked, given).map(({ id }) => id);
        assert.ok(ids.length === 0 ? chosen === 'NO_ADVISOR_AVAILABLE' : ids.includes(chosen), chosen);
      }),
    );
  });

  it('does not depend on the order in which the candidates are told', () => {
    fc.assert(
      fc.property(strategy, desk, (asked, given) => {
        const turned = { ...given, candidates: given.candidates.toReversed() };
        assert.deepEqual(chooseAdvisor(asked, turned), chooseAdvisor(asked, given));
      }),
    );
  });

  it('never passes over somebody with less to do, and takes the lower id of two alike', () => {
    fc.assert(
      fc.property(fc.constantFrom('least_loaded' as const, 'dealer_based' as const), desk, (asked, given) => {
        const among = eligible(asked, given);
        const chosen = among.find(({ id }) => id === chosenBy(chooseAdvisor(asked, given)));
        for (const other of among)
          assert.ok(
            chosen && (other.active > chosen.active || (other.active === chosen.active && other.id >= chosen.id)),
          );
      }),
    );
  });

  it('gives everybody a turn before anybody has a second one', () => {
    fc.assert(
      fc.property(desk, fc.integer({ min: 1, max: 20 }), (given, times) => {
        fc.pre(given.candidates.length > 0);
        const chosen = giveOut('round_robin', given, times);
        assert.ok(spread(shares(chosen, given.candidates)) <= 1, chosen.join(' '));
        assert.equal(new Set(chosen.slice(0, given.candidates.length)).size, Math.min(times, given.candidates.length));
      }),
    );
  });

  it('evens out the loads of those who can be chosen', () => {
    fc.assert(
      fc.property(desk, (given) => {
        const among = given.candidates;
        fc.pre(among.length > 0);
        const chosen = giveOut('least_loaded', given, 40);
        const loads = shares(chosen, among).map((share, n) => share + (among[n]?.active ?? 0));
        assert.ok(spread(loads) <= 1, loads.join(' '));
      }),
    );
  });

  it('goes on behind somebody who has left, and begins anew behind the last', () => {
    const candidates = [advisor('c'), advisor('a')];
    assert.equal(chosenBy(chooseAdvisor('round_robin', { candidates, lastTurn: 'b' })), 'c');
    assert.equal(chosenBy(chooseAdvisor('round_robin', { candidates, lastTurn: 'c' })), 'a');
  });

  const TOLD: [Strategy, AssignmentDesk, string][] = [
    ['least_loaded', { candidates: [advisor('a', 5), advisor('b', 3)], lastTurn: null }, 'least loaded: 3 against 5'],
    ['least_loaded', { candidates: [advisor('a', 4)], lastTurn: null }, 'least loaded: the only one, with 4'],
    [
      'dealer_based',
      { candidates: [advisor('a', 5), advisor('b', 3, false), advisor('c', 6)], lastTurn: null },
      'home dealer, least loaded: 5 against 6',
    ],
    ['round_robin', { candidates: [advisor('a')], lastTurn: null }, 'round robin: the first in turn'],
    ['round_robin', { candidates: [advisor('a'), advisor('b')], lastTurn: 'a' }, 'round robin: next after a'],
    [
      'round_robin',
      { candidates: [], lastTurn: 'a' },
      "No active advisor serves the booking's dealer; give it one, then assign.",
    ],
    [
      'dealer_based',
      { candidates: [advisor('a', 0, false)], lastTurn: null },
      "The booking's dealer is no active advisor's home; give it one, or choose among all who serve it.",
    ],
  ];
  for (const [asked, given, text] of TOLD)
    it(`tells: ${text}`, () => assert.equal(whyOf(chooseAdvisor(asked, given)), text));
});
