import { toCommonNotation } from './date-format.ts';
import { formatReader, readDefault } from './read-date.ts';

export interface DateChoice {
  /** In the common notation, as `settings.dateFormat` takes it. */
  format: string;
  /** The first value, as this format reads it: `2027-04-03`, with a time if it has one. */
  example: string;
  /** How many of the values it reads. */
  parses: number;
}

const DAYS = ['dd{s}MM{s}yyyy', 'MM{s}dd{s}yyyy', 'yyyy{s}MM{s}dd', 'dd{s}MM{s}yy', 'MM{s}dd{s}yy'];
const LOOSE_DAYS = ['d{s}M{s}yyyy', 'M{s}d{s}yyyy', 'd{s}M{s}yy', 'M{s}d{s}yy'];
const NAMED_DAYS = ['d{s}MMM{s}yyyy', 'd{s}MMMM{s}yyyy', 'MMM d, yyyy', 'MMMM d, yyyy', 'd{s}MMM{s}yy'];
const SEPARATORS = ['/', '.', '-', ' '];
const TIMES = ['', ' HH:mm', ' HH:mm:ss', ' H:mm', ' h:mm a', ' hh:mm a', ' h:mm:ss a', "'T'HH:mm"];
/** The preview's rows; more would tell no more. */
const LOOKED_AT = 100;
const MAX_CHOICES = 6;
/** A format that reads none of the first few isn't tried on the rest: a preview answers while a person waits. */
const PROBED = 10;

/**
 * Formats that read a column's values, for the preview to offer: every one that reads the most of them, so that
 * 03/04/2027 throughout proposes day first and month first, and never guesses. None when ISO 8601 and DD-MM-YYYY, which
 * need no format, read as many.
 */
export function proposeDateFormats(values: string[]): DateChoice[] {
  const texts = values.slice(0, LOOKED_AT).flatMap((value) => (value.length > 64 ? [] : [value.trim()]));
  const given = texts.filter((text) => text !== '');
  const unread = given.filter((text) => !readDefault(text));
  if (unread.length === 0) return [];
  const readings = candidates(unread).flatMap((format) => tryFormat(format, given));
  const most = Math.max(given.length - unread.length + 1, ...readings.map(({ choice }) => choice.parses));
  // `YY` reads `2027` too, and `h` reads `02`: of formats that read everything alike the first will do.
  const distinct = new Map(readings.map((reading) => [reading.reads, reading.choice] as const).reverse());
  return [...distinct.values()]
    .reverse()
    .filter(({ parses }) => parses === most)
    .slice(0, MAX_CHOICES);
}

/** Strict formats first; loose ones only for values that have one-digit days or months. */
function candidates(values: string[]): string[] {
  const isLoose = values.some((value) => /(?:^|\D)\d(?:\D|$)/.test(value.replace(/\s.*\d:.*$/s, '')));
  const hasNames = values.some((value) => /\p{L}{3}/u.test(value));
  const days = hasNames ? NAMED_DAYS : isLoose ? LOOSE_DAYS : DAYS;
  const separators = SEPARATORS.filter((separator) => values.some((value) => value.includes(separator)));
  const times = TIMES.filter((time) => values.some((value) => value.includes(':')) === (time !== ''));
  return days.flatMap((day) =>
    (day.includes('{s}') ? separators : ['']).flatMap((separator) =>
      times.map((time) => day.replaceAll('{s}', separator) + time),
    ),
  );
}

interface Reading {
  choice: DateChoice;
  /** What it makes of each value. */
  reads: string;
}

function tryFormat(format: string, values: string[]): Reading[] {
  const reader = formatReader(format);
  if (!values.slice(0, PROBED).some((value) => reader(value))) return [];
  const read = values.map((value) => reader(value)?.ms);
  const hits = read.filter((ms) => ms !== undefined);
  const shown = new Date(hits[0] as number).toISOString().slice(0, 16).replace('T', ' ');
  const example = format.includes(':') ? shown : shown.slice(0, 10);
  return [{ choice: { format: toCommonNotation(format), example, parses: hits.length }, reads: read.join() }];
}
