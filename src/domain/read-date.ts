import { DateTime } from 'luxon';
import { FIRST_YEAR, LAST_YEAR, type ReadDate } from './quick-date.ts';

/** Reads one text as a date; undefined: it is none. */
export type DateReader = (text: string) => ReadDate | undefined;

// ISO 8601: a calendar date, extended or basic, an ordinal or a week date, each alone or with a time. Only whole dates:
// luxon alone would take `2027` for 1 January and `10:00` for today, and `24:00` rolls over.
const ISO_DATE = String.raw`\d{4}-\d\d-\d\d|\d{8}|\d{4}-\d{3}|\d{4}-W\d\d-\d`;
const ISO_TIME = String.raw`(?:[01]\d|2[0-3])(?::?[0-5]\d(?::?[0-5]\d(?:[.,]\d{1,9})?)?)?`;
const ISO_ZONE = String.raw`Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?`;
const ISO = new RegExp(`^(?:${ISO_DATE})(?:[T ]${ISO_TIME}(?<zone>${ISO_ZONE})?)?$`, 'i');
const DAY_FIRST = ['dd-MM-yyyy', 'dd-MM-yyyy HH:mm', 'dd-MM-yyyy HH:mm:ss'].map((format) => ({
  length: format.length,
  parse: formatParser(format),
}));
/** Longer than any date in words. */
const LONGEST = 64;

/** Without a format: ISO 8601 and DD-MM-YYYY, nothing else. */
export const readDefault: DateReader = (text) => {
  if (text.length > LONGEST) return undefined;
  const iso = ISO.exec(text);
  if (iso) {
    const isInstant = iso.groups?.zone !== undefined;
    return toRead(DateTime.fromISO(text.replace(' ', 'T').toUpperCase(), { zone: 'utc' }), isInstant);
  }
  const format = DAY_FIRST.find(({ length }) => length === text.length);
  return format && toRead(format.parse(text), false);
};

/** With a format (luxon's tokens) that alone is read. */
export function formatReader(format: string): DateReader {
  const parse = formatParser(format);
  // Which tokens carry a zone; quoted text carries nothing.
  const isInstant = /z/i.test(format.replace(/'[^']*'/g, ''));
  return (text) => (text.length > LONGEST ? undefined : toRead(parse(text), isInstant));
}

/** luxon's, but for an hour of 24, by which a date would become the next. */
function formatParser(format: string): (text: string) => DateTime {
  const options = { zone: 'utc', locale: 'en' };
  const parser = DateTime.buildFormatParser(format, { locale: 'en' });
  const hasHours = /[HT]/.test(format);
  return (text) => {
    const time = DateTime.fromFormatParser(text, parser, options);
    // Asking how it was read takes as long again.
    const mayRollOver = hasHours && time.isValid && time.hour === 0 && text.includes('24');
    if (mayRollOver && DateTime.fromFormatExplain(text, format, options).matches?.H === 24)
      return DateTime.invalid('24:00 is of the next day');
    return time;
  };
}

function toRead(time: DateTime, isInstant: boolean): ReadDate | undefined {
  if (!time.isValid || time.year < FIRST_YEAR || time.year > LAST_YEAR) return undefined;
  return { ms: time.toMillis(), isInstant };
}
