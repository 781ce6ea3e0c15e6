import { refusal } from './refuse.ts';

/** Tried in this order: of two that fit equally well, the first is taken. */
export const DELIMITERS = [',', ';', '\t', '|'] as const;

// Enough to see a pattern, few enough to cost nothing.
const SAMPLE_RECORDS = 200;

/** Excel's own hint, a first line `sep=;`: its delimiter and how many characters it takes, line end included. */
export function separatorHint(text: string): { delimiter: string; length: number } | null {
  const hint = /^"?sep=([\t\x20\x21\x23-\x7e])"?(?:\r\n|\r|\n|$)/i.exec(text);
  return hint ? { delimiter: hint[1] as string, length: hint[0].length } : null;
}

/** The delimiter a user chose, as its one character. Throws INVALID_SETTINGS for what can't be one. */
export function chosenDelimiter(setting: string): string {
  const named: Record<string, string> = { tab: '\t', '\\t': '\t', comma: ',', semicolon: ';', pipe: '|' };
  const delimiter = named[setting.toLowerCase()] ?? setting;
  if (/^[\t\x20-\x7e]$/.test(delimiter) && delimiter !== '"') return delimiter;
  const message = 'The delimiter must be one character, such as "," ";" "|" or a tab.';
  throw refusal('INVALID_SETTINGS', message, { errors: [{ pointer: '/delimiter', code: 'BAD_DELIMITER', message }] });
}

/**
 * The likeliest delimiter of a text that begins a file. The score is the share of records with the commonest number of
 * fields, so that a comma inside some notes loses against a semicolon in every line; among equals, more fields win.
 * The header may have one separator less than its rows. A comma when nothing separates anything.
 */
export function detectDelimiter(sample: string): string {
  let best: { delimiter: string; score: number } = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    const score = scoreOf(fieldCounts(sample, delimiter));
    if (score > best.score + 1e-9) best = { delimiter, score };
  }
  return best.delimiter;
}

function scoreOf(counts: number[]): number {
  const [header, ...rows] = counts;
  if (header === undefined) return 0;
  const width = commonest(rows.filter((n) => n > 1)) ?? header;
  if (width < 2) return 0;
  const regular = rows.length === 0 ? 1 : rows.filter((n) => n === width).length / rows.length;
  const headerFits = header === width ? 1 : header > 1 && Math.abs(header - width) === 1 ? 0.9 : header > 1 ? 0.5 : 0.2;
  return regular * headerFits * (1 + Math.log2(width));
}

function commonest(numbers: number[]): number | undefined {
  const seen = new Map<number, number>();
  for (const n of numbers) seen.set(n, (seen.get(n) ?? 0) + 1);
  return [...seen].sort(([a, x], [b, y]) => y - x || b - a)[0]?.[0];
}

/** Fields of each record that isn't blank, quotes honoured; the last one only when the sample holds more or it ends. */
function fieldCounts(text: string, delimiter: string): number[] {
  const counts: number[] = [];
  let fields = 1;
  let start = true;
  let blank = true;
  for (let i = 0; i < text.length && counts.length < SAMPLE_RECORDS; i++) {
    const c = text[i] as string;
    if (c === '\n' || c === '\r') {
      if (!blank) counts.push(fields);
      fields = 1;
      start = blank = true;
      continue;
    }
    blank = false;
    if (c === '"' && start) i = closingQuote(text, i);
    if (c === delimiter) fields++;
    start = c === delimiter;
  }
  if (!blank && (counts.length === 0 || text.length < SAMPLE_CHARACTERS)) counts.push(fields);
  return counts;
}

/** How much of a file `detectDelimiter` wants to see. */
export const SAMPLE_CHARACTERS = 65_536;

function closingQuote(text: string, open: number): number {
  for (let i = text.indexOf('"', open + 1); i >= 0; i = text.indexOf('"', i + 1)) {
    if (text[i + 1] !== '"') return i;
    i++;
  }
  return text.length;
}
