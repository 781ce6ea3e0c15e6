import { SYNONYMS } from './column-synonyms.ts';
import { FIELDS, type Field, type MappedColumn } from './columns.ts';
import { mostSimilar } from './similarity.ts';

/** From here on a name that is no synonym is taken for the one it resembles; below it is only suggested. */
const APPLIED = 0.85;
const SUGGESTED = 0.6;
/** For a required field that has no column at all, less will do. */
const LIKELY = 0.4;
/** Comparing takes 0.1 ms a header; a file may have 2,000, most of them made up. Those beyond are only looked up. */
const COMPARED = 500;

/** What is left of a header when case, accents, punctuation, invisible characters and a unit in brackets are gone. */
export const normaliseHeader = (name: string): string =>
  name
    .slice(0, 200)
    .replace(/\(.*\)|\[.*\]/gs, '')
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();

const KNOWN_NAMES = new Map<string, Field>(
  FIELDS.flatMap((field) => [field, ...SYNONYMS[field]].map((name) => [normaliseHeader(name), field] as const)),
);

export type Guess = Pick<MappedColumn, 'field' | 'confidence' | 'suggestion'>;

/** The field that a header's name stands for. `taken` fields are only suggested. */
export function guessField(name: string, taken: Set<Field | null>, index: number): Guess {
  const plain = normaliseHeader(name);
  const known = KNOWN_NAMES.get(plain);
  const alike = known || index >= COMPARED ? undefined : mostSimilar(plain, KNOWN_NAMES, SUGGESTED);
  const near = known ? { value: known, similarity: 1 } : alike;
  if (!near) return { field: null, confidence: 0 };
  const { value, similarity: confidence } = near;
  if (confidence >= APPLIED && !taken.has(value)) return { field: value, confidence };
  return { field: null, confidence, suggestion: value };
}

/** The column without a field whose name is most like one of the field's names, if any is at all. */
export function likeliestColumn(columns: MappedColumn[], field: Field): MappedColumn | undefined {
  const free = columns.slice(0, COMPARED).filter((column) => column.field === null && !column.ignored);
  const names = [field, ...SYNONYMS[field]].map((name) => [normaliseHeader(name), name] as const);
  const scored = free.map((column) => {
    const best = mostSimilar(normaliseHeader(column.name), names, LIKELY);
    return { column, score: best?.similarity ?? 0 };
  });
  return scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score)[0]?.column;
}
