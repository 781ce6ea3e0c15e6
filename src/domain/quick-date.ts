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
  const [year, day] = iso ? [Number(a), Number(c)] : [Number(c), Number(a)];
  if (!isDay(year, Number(month), day)) return null;
  const ms = Date.UTC(year, Number(month) - 1, day, digits(hour), digits(minute), digits(second), digits(milli));
  if (zone === undefined) return { ms, isInstant: false };
  const offset = zone === 'Z' ? 0 : offsetMs(zone);
  return offset === null ? null : { ms: ms - offset, isInstant: true };
}

const digits = (text: string | undefined): number => (text === undefined ? 0 : Number(text));

function isDay(year: number, month: number, day: number): boolean {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1) return false;
  const isLeapDay = month === 2 && day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (DAYS[month - 1] as number) || isLeapDay;
}

/** Real offsets reach from -12:00 to +14:00. */
function offsetMs(zone: string): number | null {
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59) return null;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
