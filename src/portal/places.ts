const NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
/** Regions that have a name and no telephones: unions, test codes, and islands served under another's numbers. */
const NO_COUNTRY = new Set([
  'EU',
  'EZ',
  'UN',
  'XA',
  'XB',
  'QO',
  'ZZ',
  'AQ',
  'BV',
  'CP',
  'CQ',
  'DG',
  'EA',
  'GS',
  'HM',
  'IC',
  'PN',
  'TF',
  'UM',
]);
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

export interface Country {
  /** ISO 3166 alpha-2 */
  code: string;
  name: string;
}

/** The browser's own list, by name: nothing to ship and nothing to keep up to date. */
export const COUNTRIES: Country[] = LETTERS.flatMap((first) => LETTERS.map((second) => first + second))
  .filter((code) => !NO_COUNTRY.has(code) && isCurrent(code))
  .map((code) => ({ code, name: NAMES.of(code) ?? code }))
  .sort((a, b) => a.name.localeCompare(b.name));

/** A code that was given up stands for its successor: DD for DE. */
function isCurrent(code: string): boolean {
  return NAMES.of(code) !== undefined && new Intl.Locale(`und-${code}`).region === code;
}

export const TIME_ZONES: string[] = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
