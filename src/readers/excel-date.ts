const DAY_SECONDS = 86_400;
/** 9999-12-31 in the 1900 epoch. */
const LAST_DAY = 2_958_465;
/** Days between the two epochs. */
const EPOCH_1904 = 1462;

/** How a number format shows its numbers. */
export type FormatKind = 'date' | 'time' | 'number';

/** Built-in formats that are dates in East Asian editions of Excel and have no code in the file (ECMA-376 18.8.30). */
const isEastAsianDate = (id: number) => (id >= 27 && id <= 36) || (id >= 50 && id <= 58);

/**
 * What a number format makes of a number. Quoted text, escaped characters, colours and locales say nothing about it;
 * elapsed times (`[h]:mm`) are amounts, no dates. Only the part for positive numbers counts.
 */
export function formatKind(code: string | undefined, id = 0): FormatKind {
  if (code === undefined) return isEastAsianDate(id) ? 'date' : 'number';
  if (/^general$/i.test(code.trim())) return 'number';
  const bare = code
    .replace(/"[^"]*"?|\\.|[_*]./gs, '')
    .split(';', 1)[0]
    ?.replace(/\[(?!(h+|m+|s+)\])[^\]]*\]/gi, '') as string;
  if (/\[(h+|m+|s+)\]/i.test(bare)) return 'number';
  const letters = bare.replace(/am\/pm|a\/p/gi, 'h');
  if (/[yd]|[bge](?![a-z]*\+)/i.test(letters.replace(/e[+-]/gi, ''))) return 'date';
  if (/[hs]/i.test(letters)) return 'time';
  return /m/i.test(letters) ? 'date' : 'number';
}

/**
 * A date cell's number as the wall clock that the sheet shows, rounded to the second as Excel shows it, in whatever
 * zone this process runs. A number below one is a time of day. Null when Excel would show no date for it.
 */
export function serialToText(serial: number, kind: FormatKind, date1904: boolean): DateText | null {
  const shifted = serial + (date1904 ? EPOCH_1904 : 0);
  const seconds = Math.round(shifted * DAY_SECONDS);
  const timeOnly = serial < 1 && (kind === 'time' || !date1904);
  if (!(serial >= 0) || seconds >= (LAST_DAY + 1) * DAY_SECONDS) return null;
  if (timeOnly) return { time: iso(Math.round(serial * DAY_SECONDS)).slice(11) };
  // The 1900 epoch has a 29th of February that never was: before it, days are counted from one day later.
  const real = shifted < 60 ? seconds + DAY_SECONDS : seconds;
  if (Math.floor(shifted) === 60 && !date1904) return null;
  return { date: iso(real - 25_569 * DAY_SECONDS) };
}

export type DateText = { date: string } | { time: string };

function iso(seconds: number): string {
  const day = Math.floor(seconds / DAY_SECONDS);
  if (day !== lastDay.day) {
    lastDay.day = day;
    lastDay.text = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10);
  }
  const rest = seconds - day * DAY_SECONDS;
  return `${lastDay.text}T${two(rest / 3600)}:${two((rest % 3600) / 60)}:${two(rest % 60)}`;
}

// Dates of a column lie close together, and toISOString is most of what a date cell costs.
const lastDay = { day: Number.NaN, text: '' };
const two = (value: number) => (value < 10 ? `0${Math.floor(value)}` : `${Math.floor(value)}`);

/** An ISO date cell (`t="d"`) as a wall clock, or null when it is none; a zone in it is not what the sheet shows. */
export function isoToText(value: string): string | null {
  const parts = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(value.trim());
  if (!parts) return null;
  return `${parts[1]}T${parts[2] ?? '00:00'}:${parts[3] ?? '00'}`;
}
