import { mostSimilar } from './similarity.ts';

export interface DealerRef {
  id: string;
  code: string;
  isActive: boolean;
  /** IANA, from the dealer's settings; null or no such zone: UTC. */
  timeZone: string | null;
}
export interface AdvisorRef {
  id: string;
  email: string;
  isActive: boolean;
  dealerIds: string[];
}
export interface VariantRef {
  id: string;
  code: string;
  name: string;
}

export interface ReferenceLookup {
  /** By code: as it is, else trimmed and in any case if that leaves one. */
  dealer(code: string): DealerRef | undefined;
  /** Whether there are dealers that rows may not be for. */
  isLimited: boolean;
  /** The active dealer's code that a wrong one resembles most. */
  likelyDealer(code: string): string | undefined;
  /** The active advisor of that address who serves the dealer. */
  advisor(email: string, dealerId: string): AdvisorRef | undefined;
  /** By code, else by name, in any case, if that leaves one. */
  variant(text: string): VariantRef | undefined;
}

const folded = (text: string) => text.trim().toLowerCase();
/** A dealer's code is at most 50 characters long. */
const LONGEST_CODE = 50;
/** Looking through all codes for each of 100,000 unknown ones would take minutes. */
const LOOKED_FOR = 500;

export interface ReferenceLists {
  dealers: DealerRef[];
  advisors: AdvisorRef[];
  variants: VariantRef[];
  /** Codes of the dealers that rows may be for; null: all. To any other dealer it is as if there were none. */
  limitedTo: string[] | null;
}

/** Indexes what rows refer to, once for a whole file. */
export function indexReferences(lists: ReferenceLists): ReferenceLookup {
  const exact = new Map(lists.dealers.map((dealer) => [dealer.code, dealer]));
  const anyCase = uniqueBy(lists.dealers, (dealer) => folded(dealer.code));
  const byEmail = new Map(lists.advisors.filter((a) => a.isActive).map((a) => [folded(a.email), a]));
  const served = new Map(lists.advisors.map((advisor) => [advisor, new Set(advisor.dealerIds)]));
  const byCode = uniqueBy(lists.variants, (variant) => folded(variant.code));
  const byName = uniqueBy(lists.variants, (variant) => folded(variant.name));
  const named = (code: string) =>
    exact.get(code) ?? (code.length > 4 * LONGEST_CODE ? undefined : (anyCase.get(folded(code)) ?? undefined));
  const isWithin = withinLimit(lists.limitedTo);
  return {
    dealer: (code) => {
      const found = named(code);
      return found && isWithin(found) ? found : undefined;
    },
    isLimited: lists.limitedTo !== null,
    likelyDealer: rememberFew(LOOKED_FOR, similarCode(lists.dealers.filter(isWithin))),
    advisor(email, dealerId) {
      const advisor = byEmail.get(folded(email));
      return advisor && served.get(advisor)?.has(dealerId) ? advisor : undefined;
    },
    variant(text) {
      const key = folded(text);
      return byCode.get(key) ?? (byCode.has(key) ? undefined : (byName.get(key) ?? undefined));
    },
  };
}

function withinLimit(limitedTo: string[] | null): (dealer: DealerRef) => boolean {
  if (limitedTo === null) return () => true;
  const codes = new Set(limitedTo);
  return ({ code }) => codes.has(code);
}

/** Null where two have the same key: to take either would be to guess. */
function uniqueBy<T>(items: T[], keyOf: (item: T) => string): Map<string, T | null> {
  const index = new Map<string, T | null>();
  for (const item of items) index.set(keyOf(item), index.has(keyOf(item)) ? null : item);
  return index;
}

function similarCode(dealers: DealerRef[]): (code: string) => string | undefined {
  const codes = dealers.filter(({ isActive }) => isActive).map(({ code }) => [folded(code), code] as const);
  return (code) => (code.length > LONGEST_CODE ? undefined : mostSimilar(folded(code), codes, 0.6)?.value);
}

/** Answers the first few different questions, again and again, and no others. */
function rememberFew(few: number, ask: (text: string) => string | undefined): (text: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (text) => {
    if (known.has(text)) return known.get(text);
    if (known.size >= few) return undefined;
    const answer = ask(text);
    known.set(text.slice(0, LONGEST_CODE + 1), answer);
    return answer;
  };
}
