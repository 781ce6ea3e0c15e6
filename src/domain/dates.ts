import { accept, type Judged, refuse } from './judged.ts';
import { quickDate, type ReadDate } from './quick-date.ts';
import { type DateReader, formatReader, readDefault } from './read-date.ts';
import { type Cell, cellText } from './record.ts';
import { createMemory, type ShortMemory } from './short-memory.ts';
import { showValue } from './show-value.ts';
import { toInstant } from './zoned-time.ts';

export interface DateRules {
  /** By joi's way, with luxon: an ISO 8601 instant in UTC, or why not. Fault: `DATE`. */
  judge(cell: Cell, zone: string): Judged<string>;
  /** The same instant for what is surely a date, null otherwise. */
  quick(cell: Cell, zone: string): string | null;
}

/** A file has few different dates: 10,000 rows of half-hour slots in a year have some 6,000. */
const REMEMBERED = 10_000;
/** And its dealers few zones. */
const REMEMBERED_ZONES = 30;

/**
 * Dates by the settings: with a format only that one, without ISO 8601 and DD-MM-YYYY. A true date cell is the day it
 * shows, whatever the format. A time in spring's gap is no time; nothing is ever rolled over.
 */
export function compileDates(dateFormat: string | null): DateRules {
  const reader: DateReader = dateFormat === null ? readDefault : formatReader(dateFormat);
  const quickReader = dateFormat === null ? quickDate : () => null;
  // By zone, then by text: one key of both was a new string for each row, to be hashed anew.
  const zones = createMemory<ShortMemory<string>>(REMEMBERED_ZONES);
  return {
    judge(cell, zone) {
      const text = trimmed(cell);
      const read = typeof cell === 'object' && cell.kind === 'date' ? readDefault(text) : reader(text);
      if (!read) return refuse('DATE', whyNot(cell, text, dateFormat));
      const instant = atInstant(read, zone);
      return instant === null ? refuse('DATE', `${showValue(text)} ${gap(zone)}`) : accept(instant);
    },
    quick(cell, zone) {
      if (typeof cell !== 'string' || cell.length > 40) return null;
      const known = zones.of(zone) ?? zones.keep(zone, createMemory(REMEMBERED));
      const before = known.of(cell);
      if (before !== undefined) return before;
      const text = cell.trim();
      const read = quickReader(text) ?? (dateFormat === null ? null : reader(text));
      const instant = read ? atInstant(read, zone) : null;
      return instant === null ? null : known.keep(cell, instant);
    },
  };
}

// A 10 MB cell is no date, and is not worth a copy.
const trimmed = (cell: Cell): string => {
  const text = cellText(cell);
  return text.length > 1000 ? text : text.trim();
};

function atInstant({ ms, isInstant }: ReadDate, zone: string): string | null {
  const instant = isInstant ? ms : toInstant(ms, zone);
  return instant === null ? null : new Date(instant).toISOString();
}

const gap = (zone: string) =>
  `does not exist in ${zone.slice(0, 60)}, where the clocks go forward over that hour: correct the time`;

function whyNot(cell: Cell, text: string, dateFormat: string | null): string {
  const shown = showValue(text);
  if (typeof cell === 'object' && cell.kind === 'date') return `${shown} is not a date from 1900 to 2200: correct it`;
  if (typeof cell === 'object') return `${shown} is a number and not a date: format the column as a date`;
  if (dateFormat !== null) return `${shown} is not a date in the chosen format ${dateFormat}: correct it`;
  if (/^\d{1,2}[/.]\d{1,2}[/.](\d{4}|\d\d)\b/.test(text))
    return `${shown} can be read in more than one way or is not ISO 8601: choose a dateFormat such as DD/MM/YYYY, or write YYYY-MM-DD`;
  return `${shown} is not a date: write YYYY-MM-DD or DD-MM-YYYY, of a day that exists`;
}
