import { FIELDS, type Field, type HeaderMapping, type MappedColumn, REQUIRED_FIELDS } from './columns.ts';
import { ERROR_COLUMNS, isErrorReport, unescapeFormula } from './csv-safety.ts';
import { fail, type InputFault, ok, type Result } from './failures.ts';
import { guessField, likeliestColumn, normaliseHeader } from './guess-field.ts';
import type { ImportSettings } from './import.ts';
import { showValue } from './show-value.ts';

/**
 * Maps a file's header to fields: first by the settings (key: a header as it is, else normalised, or `#position` from
 * 1), then by synonyms and resemblance. Two columns that claim one field are a problem with their positions, never a
 * silent choice; a column that the settings map wins over those that only claim.
 */
export function mapHeaders(header: string[], mapping: ImportSettings['mapping']): HeaderMapping {
  const isReport = isErrorReport(header);
  const names = header.map((name) => storable(isReport ? unescapeFormula(name.trim()) : name.trim()));
  const isOurs = (name: string) => isReport && OURS.has(name);
  const chosen = applySettings(names, mapping);
  const taken = new Set(chosen.fields.values());
  const columns = names.map((name, i): MappedColumn => {
    const base = { position: i + 1, name };
    if (isOurs(name)) return { ...base, field: null, confidence: 1, ignored: true };
    const choice = chosen.fields.get(i);
    if (choice === null) return { ...base, field: null, confidence: 1, ignored: true };
    return choice ? { ...base, field: choice, confidence: 1 } : { ...base, ...guessField(name, taken, i) };
  });
  const missingRequired = REQUIRED_FIELDS.filter((field) => !columns.some((column) => column.field === field));
  return { columns, missingRequired, problems: [...chosen.problems, ...ambiguities(columns)] };
}

const OURS: ReadonlySet<string> = new Set(ERROR_COLUMNS);

// Header names become keys of JSON in Postgres, which takes neither a NUL nor half a surrogate pair.
const storable = (name: string): string =>
  name.replace(/[\0\p{Surrogate}]/gu, (bad) => `\\u${bad.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`);

/** The settings' choices by index into the header, and those that fit no column or more than one. */
function applySettings(names: string[], mapping: ImportSettings['mapping']) {
  const fields = new Map<number, Field | null>();
  const problems: InputFault[] = [];
  const find = columnFinder(names);
  for (const [key, field] of Object.entries(mapping)) {
    const indexes = find(key);
    // To leave out what isn't there is no mistake; a field mapped to a column that isn't there would be lost silently.
    if (indexes.length === 0 && field !== null) problems.push(unknownColumn(key, field));
    for (const index of indexes) fields.set(index, field);
  }
  return { fields, problems };
}

/** Finds columns by a key of the settings. Settings may have thousands of keys, and a header 2,000 names. */
function columnFinder(names: string[]): (key: string) => number[] {
  const exact = indexBy(names);
  const plain = indexBy(names.map(normaliseHeader));
  return (key) => {
    const found = exact.get(key.trim());
    if (found) return found;
    const position = /^#(\d{1,5})$/.exec(key)?.[1];
    if (position !== undefined) return names[Number(position) - 1] === undefined ? [] : [Number(position) - 1];
    const name = normaliseHeader(key);
    return name === '' ? [] : (plain.get(name) ?? []);
  };
}

function indexBy(names: string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [index, name] of names.entries()) {
    const indexes = found.get(name);
    if (indexes) indexes.push(index);
    else found.set(name, [index]);
  }
  return found;
}

const unknownColumn = (key: string, field: Field): InputFault => ({
  pointer: `/mapping/${key.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')}`,
  code: 'UNKNOWN_COLUMN',
  message: `the file has no column ${showValue(key)} to fill ${field} from`,
});

// Each claim's fault names all of them: of a header that says "name" 2,000 times that would be 100 MB.
const LISTED = 20;

function ambiguities(columns: MappedColumn[]): InputFault[] {
  return FIELDS.flatMap((field) => {
    const claims = columns.filter((column) => column.field === field);
    if (claims.length < 2) return [];
    const listed = claims.slice(0, LISTED).map(({ name, position }) => `#${position} ${showValue(name)}`);
    const list = [...listed, ...(claims.length > LISTED ? ['…'] : [])].join(', ');
    const message = `${claims.length} columns could be ${field}: ${list}. Map the right one in the settings`;
    return claims
      .slice(0, LISTED)
      .map(({ position }) => ({ pointer: `/headers/${position - 1}`, code: 'AMBIGUOUS_HEADERS', message }));
  });
}

/**
 * Refuses a mapping that no import can run with: `INVALID_SETTINGS` (it names a column that isn't there),
 * `AMBIGUOUS_HEADERS`, `MISSING_COLUMNS` (with the likeliest header of each). The whole list is in `errors`.
 */
export function requireColumns(mapping: HeaderMapping): Result<HeaderMapping> {
  const unknown = mapping.problems.filter(({ code }) => code === 'UNKNOWN_COLUMN');
  if (unknown.length > 0) return refuse('INVALID_SETTINGS', unknown);
  if (mapping.problems.length > 0) return refuse('AMBIGUOUS_HEADERS', mapping.problems);
  if (mapping.missingRequired.length === 0) return ok(mapping);
  return refuse(
    'MISSING_COLUMNS',
    mapping.missingRequired.map((field) => ({
      pointer: '/mapping',
      code: 'MISSING_COLUMN',
      message: `no column for ${field}${advice(mapping.columns, field)}`,
    })),
  );
}

/** `mapHeaders` and `requireColumns` in one. */
export const settleColumns = (header: string[], mapping: ImportSettings['mapping']): Result<HeaderMapping> =>
  requireColumns(mapHeaders(header, mapping));

const refuse = (code: 'INVALID_SETTINGS' | 'AMBIGUOUS_HEADERS' | 'MISSING_COLUMNS', errors: InputFault[]) =>
  fail(code, `${[...new Set(errors.map(({ message }) => message))].join('. ')}.`, { errors });

function advice(columns: MappedColumn[], field: Field): string {
  const best = likeliestColumn(columns, field);
  if (!best) return ', and no header looks like it: rename one, or map it in the settings';
  return `: did you mean ${showValue(best.name)} (#${best.position})? Rename it, or map it in the settings`;
}
