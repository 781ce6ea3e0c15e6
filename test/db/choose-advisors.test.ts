import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rows, run } from '../../db/query.ts';
import { type Candidate, chooseAdvisor, STRATEGIES, type Strategy } from '../../src/domain/assignment.ts';
import { openStore, type Store } from '../support/store.ts';

interface World {
  serving: { advisor: string; dealer: string }[];
  homes: Record<string, string>;
  inactive: string[];
  loads: Record<string, number>;
  turns: Record<string, string>;
}
interface Chosen {
  advisor: string | null;
  why: string | null;
}

// Upper and lower case, digits and a dash: a language's rules would order them in another way than their bytes.
const ADVISORS = ['A-1', 'a1', 'B', 'a-2', '0b', 'Z', 'b'];
const DEALERS = ['d1', 'd2', 'd3', 'd4'];
const dealer = fc.constantFrom(...DEALERS);
const advisor = fc.constantFrom(...ADVISORS);

const world: fc.Arbitrary<World> = fc.record({
  serving: fc.uniqueArray(fc.record({ advisor, dealer }), {
    selector: (one) => `${one.advisor} ${one.dealer}`,
    maxLength: 20,
  }),
  homes: fc.dictionary(advisor, dealer),
  inactive: fc.subarray(ADVISORS, { maxLength: 2 }),
  loads: fc.dictionary(advisor, fc.integer({ min: 0, max: 4 })),
  turns: fc.dictionary(dealer, fc.constantFrom(...ADVISORS, 'gone')),
});

/** The pure choice for one booking after the other, each by what those before it left. */
function fold(strategy: Strategy, { serving, homes, inactive, ...given }: World, dealers: string[]): Chosen[] {
  const [loads, turns] = [new Map(Object.entries(given.loads)), new Map(Object.entries(given.turns))];
  return dealers.map((asked) => {
    const candidates = serving
      .filter(({ advisor: id, dealer: of }) => of === asked && !inactive.includes(id))
      .map(({ advisor: id }): Candidate => ({ id, active: loads.get(id) ?? 0, isHome: homes[id] === asked }));
    const choice = chooseAdvisor(strategy, { candidates, lastTurn: turns.get(asked) ?? null });
    if (!choice.ok) return { advisor: null, why: null };
    loads.set(choice.advisorId, (loads.get(choice.advisorId) ?? 0) + 1);
    turns.set(asked, choice.advisorId);
    return { advisor: choice.advisorId, why: choice.why };
  });
}

describe('choosing advisors in SQL', function () {
  this.timeout(120_000);
  let store: Store;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  async function choose(strategy: Strategy, { serving, homes, inactive, loads, turns }: World, dealers: string[]) {
    const tx = await store.db.transaction();
    try {
      await run(
        tx,
        `insert into advisors (id, email, name, is_active) select id, md5(id) || '@example.com', id, not id = any ($2) from unnest($1::text[]) id`,
        [ADVISORS, inactive],
      );
      await run(
        tx,
        `insert into advisor_dealers (advisor_id, dealer_id, is_home)
         select r.advisor, r.dealer, coalesce($2::jsonb ->> r.advisor = r.dealer, false)
         from jsonb_to_recordset($1) as r (advisor text, dealer text)`,
        [JSON.stringify(serving), JSON.stringify(homes)],
      );
      await run(
        tx,
        `insert into bookings (customer_name, status, advisor_id)
         select 'Customer', case n % 2 when 0 then 'ASSIGNED' else 'IN_PROGRESS' end, key
         from jsonb_each_text($1), generate_series(1, value::int) n
         union all select 'Customer', 'COMPLETED', key from jsonb_each_text($1)`,
        [JSON.stringify(loads)],
      );
      await run(tx, 'insert into assignment_turns (dealer_id, advisor_id) select key, value from jsonb_each_text($1)', [
        JSON.stringify(turns),
      ]);
      const bookings = dealers.map((_, n) => String(n).padStart(2, '0'));
      const chosen = await rows<Chosen>(
        tx,
        `select advisor_id as advisor, why from choose_advisors($1, $2::varchar[], $3::varchar[]) order by booking_id`,
        [strategy, bookings, dealers],
      );
      const left = await rows<{ dealer: string; advisor: string | null }>(
        tx,
        'select dealer_id as dealer, advisor_id as advisor from assignment_turns',
      );
      return { chosen, turns: new Map(left.map((turn) => [turn.dealer, turn.advisor])) };
    } finally {
      await tx.rollback();
    }
  }

  for (const strategy of STRATEGIES)
    it(`is the same as in the domain, one booking after the other (${strategy})`, () =>
      fc.assert(
        fc.asyncProperty(world, fc.array(dealer, { minLength: 1, maxLength: 25 }), async (given, dealers) => {
          const { chosen } = await choose(strategy, given, dealers);
          assert.deepEqual(chosen, fold(strategy, given, dealers));
        }),
        { numRuns: 150 },
      ));

  it('says in the same words that there is nobody', async () => {
    for (const strategy of STRATEGIES) {
      const [told] = await store.rows<{ message: string }>('select nobody_serves($1) as message', [strategy]);
      const choice = chooseAdvisor(strategy, { candidates: [], lastTurn: null });
      assert.equal(!choice.ok && choice.message, told?.message);
    }
  });

  it('remembers the last turn of each dealer, and goes on behind it', () =>
    fc.assert(
      fc.asyncProperty(world, fc.array(dealer, { minLength: 1, maxLength: 12 }), async (given, dealers) => {
        const { turns } = await choose('round_robin', given, dealers);
        const folded = fold('round_robin', given, dealers);
        for (const asked of new Set(dealers)) {
          const last = folded[dealers.lastIndexOf(asked)]?.advisor;
          assert.equal(turns.get(asked), last ?? given.turns[asked] ?? null);
        }
      }),
      { numRuns: 50 },
    ));
});
