/** Before a zone is known: the instant itself, or what the clock on the wall shows, as if in UTC. Epoch ms. */
export interface ReadDate {
  ms: number;
  isInstant: boolean;
}

export const FIRST_YEAR = 1900;
export const LAST_YEAR = 2200;

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{3}))?)?(Z|[+-]\d\d:\d\d)?)?$/;
const DAY_FIRST = /^(\d\d)-(\d\d)-(\d{4})(?: ([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?)?$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The everyday forms of ISO 8601 and DD-MM-YYYY, by arithmetic; null leaves the question to luxon. Never accepts what
 * luxon refuses, or otherwise than luxon reads it: a test compares them.
 */
export function quickDate(text: string): ReadDate | null {
  if (text.length > 29) return null;
  const iso = ISO.exec(text);
  const found = iso ?? DAY_FIRST.exec(text);
  if (!found) return null;
  const [, a, month, c, hour, minute, second, milli, zone] = found;
  const ms = utcMs(iso ? [a, month, c] : [c, month, a], [hour, minute, second, milli]);
  if (ms === null) return null;
  if (zone === undefined) return { ms, isInstant: false };
  const offset = zone === 'Z' ? 0 : offsetMs(zone);
  return offset === null ? null : { ms: ms - offset, isInstant: true };
}

type Digits = (string | undefined)[];

function utcMs(date: Digits, time: Digits): number | null {
  const [year, month, day] = date.map(Number) as [number, number, number];
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12) return null;
  const isLeapDay = month === 2 && day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day < 1 || (day > (DAYS[month - 1] as number) && !isLeapDay)) return null;
  const [hour, minute, second, milli] = time.map((digits) => Number(digits ?? 0)) as [number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second, milli);
}

/** Real offsets reach from -12:00 to +14:00. */
function offsetMs(zone: string): number | null {
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59) return null;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
