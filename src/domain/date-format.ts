/** What a format may be made of, by what each token tells. Text in single quotes stands for itself. */
const TOKENS = {
  day: ['d', 'dd'],
  month: ['M', 'MM', 'MMM', 'MMMM'],
  year: ['yy', 'yyyy'],
  hour: ['H', 'HH', 'h', 'hh'],
  minute: ['m', 'mm'],
  second: ['s', 'ss', 'S', 'SSS'],
  meridiem: ['a'],
  zone: ['z', 'Z', 'ZZ', 'ZZZ'],
} as const;
type Part = keyof typeof TOKENS;
const PART_OF = new Map<string, Part>(
  Object.entries(TOKENS).flatMap(([part, tokens]) => tokens.map((token) => [token, part as Part] as const)),
);

export type DateFormat = { ok: true; format: string } | { ok: false; reason: string };

/**
 * A date format in luxon's tokens, from those or from the common notation (`DD/MM/YYYY HH:mm`). Refused: unknown
 * letters, a part twice, no day, month or year (`dd/mm/yyyy` has minutes and no month), `hh` without `a` and `a`
 * without `hh`, a minute without its hour.
 */
export function normaliseDateFormat(given: string): DateFormat {
  const format = given
    .trim()
    .replace(/'[^']*'|D+|Y+|A/g, toLuxon)
    .replace(/(?<=[dMy])T(?=H)/, "'T'");
  const tokens = format.replace(/'[^']*'/g, ' ').match(/([A-Za-z])\1*/g) ?? [];
  const unknown = tokens.find((token) => !PART_OF.has(token));
  if (unknown) return refuse(`"${unknown}" is no part of a date; use ${[...PART_OF.keys()].join(' ')}`);
  const parts = tokens.map((token) => PART_OF.get(token) as Part);
  const reason = faultOf(parts, tokens);
  return reason ? refuse(reason) : { ok: true, format };
}

/** Luxon's tokens in the notation that people know: `DD/MM/YYYY HH:mm`, `D MMM YYYY h:mm A`. */
export const toCommonNotation = (format: string): string =>
  format.replace(/'[^']*'|d+|y+|a/g, (token) => (token.startsWith("'") ? token : token.toUpperCase()));

const refuse = (reason: string): DateFormat => ({ ok: false, reason });
const toLuxon = (token: string) => (token.startsWith("'") ? token : token.toLowerCase());

function faultOf(parts: Part[], tokens: string[]): string | undefined {
  const has = (part: Part) => parts.includes(part);
  const missing = (['day', 'month', 'year'] as const).filter((part) => !has(part));
  const twice = parts.find((part, i) => part !== 'second' && parts.indexOf(part) !== i);
  if (missing.length > 0) {
    const hint = missing.includes('month') && has('minute') ? ' (MM is the month, mm the minute)' : '';
    return `it has no ${missing.join(' and no ')}${hint}`;
  }
  if (twice) return `it has the ${twice} twice`;
  if (tokens.some((token) => token.startsWith('h')) !== has('meridiem')) return 'hh and a (AM or PM) go together';
  if ((has('minute') && !has('hour')) || (has('second') && !has('minute'))) return 'its time has a gap';
  return undefined;
}
