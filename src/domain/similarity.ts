import { distance } from 'fastest-levenshtein';

/** Beyond this nobody misspells, and comparing costs more than it tells. */
const LONGEST = 64;

/** 0..1: one minus the edits that turn one text into the other, over the longer one's length. Case matters. */
export function similarity(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  if (longer === 0 || longer > LONGEST) return 0;
  // The difference in length alone is edits already.
  if (Math.min(a.length, b.length) * 2 < longer) return 0;
  return 1 - distance(a, b) / longer;
}

/** The most similar of the candidates, the first of equals; none below `atLeast`. */
export function mostSimilar<T>(
  text: string,
  candidates: Iterable<readonly [string, T]>,
  atLeast: number,
): { value: T; similarity: number } | undefined {
  let best: { value: T; similarity: number } | undefined;
  for (const [name, value] of candidates) {
    const near = similarity(text, name);
    if (near >= atLeast && near > (best?.similarity ?? 0)) best = { value, similarity: near };
  }
  return best;
}
