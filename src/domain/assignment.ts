/** How an advisor is chosen for a booking when nobody is named. */
export const STRATEGIES = ['round_robin', 'least_loaded', 'dealer_based'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** An active advisor who serves the booking's dealer. */
export interface Candidate {
  id: string;
  /** Of all dealers: the bookings that are ASSIGNED or IN_PROGRESS, without the one in question. */
  active: number;
  isHome: boolean;
}

/** What a dealer's assignments are decided by. */
export interface AssignmentDesk {
  candidates: readonly Candidate[];
  /** Whom the last round robin of the dealer chose, who may have left since; null: there was none. */
  lastTurn: string | null;
}

/** `why`: with ids and counts alone, since it stands in the trail. */
export type Choice =
  | { ok: true; advisorId: string; why: string }
  | { ok: false; code: 'NO_ADVISOR_AVAILABLE'; message: string };

/** Chooses by a strategy; alike ones by the lower id. `choose_advisors` does the same for an import's chunks in SQL. */
export const chooseAdvisor = (strategy: Strategy, desk: AssignmentDesk): Choice => CHOOSE[strategy](desk);

const CHOOSE: Record<Strategy, (desk: AssignmentDesk) => Choice> = {
  round_robin: ({ candidates, lastTurn }) => nextInTurn(candidates, lastTurn) ?? nobody('NONE_SERVES'),
  least_loaded: ({ candidates }) => leastLoaded(candidates, 'least loaded') ?? nobody('NONE_SERVES'),
  dealer_based: ({ candidates }) =>
    leastLoaded(
      candidates.filter(({ isHome }) => isHome),
      'home dealer, least loaded',
    ) ?? nobody('NO_HOME'),
};

function nextInTurn(candidates: readonly Candidate[], lastTurn: string | null): Choice | undefined {
  const [first, ...others] = candidates.toSorted(byId);
  if (!first) return undefined;
  if (lastTurn === null) return { ok: true, advisorId: first.id, why: 'round robin: the first in turn' };
  // By id and not by place: the turn goes on behind somebody who has left.
  const next = [first, ...others].find(({ id }) => id > lastTurn) ?? first;
  return { ok: true, advisorId: next.id, why: `round robin: next after ${lastTurn}` };
}

function leastLoaded(candidates: readonly Candidate[], words: string): Choice | undefined {
  const [best, rival] = candidates.toSorted((a, b) => a.active - b.active || byId(a, b));
  if (!best) return undefined;
  const against = rival ? `${best.active} against ${rival.active}` : `the only one, with ${best.active}`;
  return { ok: true, advisorId: best.id, why: `${words}: ${against}` };
}

// As Postgres compares them (collate "C"), not by a language's rules.
const byId = (a: Candidate, b: Candidate): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const WHY_NOBODY = {
  NONE_SERVES: "No active advisor serves the booking's dealer; give it one, then assign.",
  NO_HOME: "The booking's dealer is no active advisor's home; give it one, or choose among all who serve it.",
};
const nobody = (reason: keyof typeof WHY_NOBODY): Choice => ({
  ok: false,
  code: 'NO_ADVISOR_AVAILABLE',
  message: WHY_NOBODY[reason],
});
