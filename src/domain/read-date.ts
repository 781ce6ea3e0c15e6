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
  parser: DateTime.buildFormatParser(format, { locale: 'en' }),
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
  return format && toRead(DateTime.fromFormatParser(text, format.parser, { zone: 'utc', locale: 'en' }), false);
};

/** With a format (luxon's tokens) that alone is read. */
export function formatReader(format: string): DateReader {
  const parser = DateTime.buildFormatParser(format, { locale: 'en' });
  // Which tokens carry a zone; quoted text carries nothing.
  const isInstant = /z/i.test(format.replace(/'[^']*'/g, ''));
  return (text) =>
    text.length > LONGEST
      ? undefined
      : toRead(DateTime.fromFormatParser(text, parser, { zone: 'utc', locale: 'en' }), isInstant);
}

function toRead(time: DateTime, isInstant: boolean): ReadDate | undefined {
  if (!time.isValid || time.year < FIRST_YEAR || time.year > LAST_YEAR) return undefined;
  return { ms: time.toMillis(), isInstant };
}
