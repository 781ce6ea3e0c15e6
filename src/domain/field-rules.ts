import Joi from 'joi';
import { BOOKING_STATUSES, type BookingStatus } from './booking.ts';
import { isDamagedNumber } from './damaged-number.ts';
import { accept, type Judged, refuse } from './judged.ts';
import { type Cell, cellText } from './record.ts';
import type { DealerRef, ReferenceLookup } from './reference-lookup.ts';
import { showValue } from './show-value.ts';

/** The plan's lengths, in characters (code points), as Postgres counts them. */
export const NAME_LENGTH = { min: 2, max: 255 } as const;
export const MAX_LENGTH = 255;
/** Of notes, a variant that nobody knows, and any other text that is kept: a cell of megabytes is no note. */
export const MAX_TEXT = 10_000;

/** Counts code points, no further than it matters. */
function isLonger(text: string, max: number): boolean {
  if (text.length <= max) return false;
  if (text.length > 2 * max) return true;
  return Array.from(text).length > max;
}

const tooLong = (text: string, max: number) =>
  refuse('LENGTH', `${showValue(text)} is longer than ${max} characters: shorten it`);

/**
 * A name is kept as it is, be it `=HYPERLINK(…)` or begin with a tab; only outer spaces (plain and no-break) go, since
 * `Asha, Ravi` makes one in every CSV. Its length is counted without any outer white space.
 */
export function judgeName(cell: Cell): Judged<string> {
  const text = cellText(cell);
  if (isLonger(text, 4 * NAME_LENGTH.max)) return text.trim() === '' ? empty() : tooLong(text, NAME_LENGTH.max);
  const name = text.replace(/^[ \u00a0]+|[ \u00a0]+$/g, '');
  const visible = name.trim();
  if (visible === '') return empty();
  if (Array.from(visible).length < NAME_LENGTH.min)
    return refuse('LENGTH', `${showValue(name)} is shorter than ${NAME_LENGTH.min} characters: give the full name`);
  return isLonger(name, NAME_LENGTH.max) ? tooLong(name, NAME_LENGTH.max) : accept(name);
}

export const empty = () => refuse('REQUIRED', 'is empty: fill it in');

export function judgeExternalId(cell: Cell): Judged<string | null> {
  const text = cellText(cell).trim();
  if (text === '') return accept(null);
  if (isDamagedNumber(cell, { exponents: 'shown' })) {
    const advice = 'format the column as text and type the id again';
    return refuse('PRECISION_LOST', `${showValue(text)} is a value that a spreadsheet has changed: ${advice}`);
  }
  return isLonger(text, MAX_LENGTH) ? tooLong(text, MAX_LENGTH) : accept(text);
}

// The default list of top-level domains refuses company networks (`a@b.internal`).
const address = Joi.string().email({ tlds: false });

export function judgeEmail(cell: Cell): Judged<string | null> {
  const text = cellText(cell).trim();
  if (text === '') return accept(null);
  if (isLonger(text, MAX_LENGTH)) return tooLong(text, MAX_LENGTH);
  if (!address.validate(text).error) return accept(text);
  return refuse('EMAIL', `${showValue(text)} is not an e-mail address: correct it, or leave it empty`);
}

export function judgeDealer(cell: Cell, references: ReferenceLookup): Judged<DealerRef> {
  const code = cellText(cell);
  if (code.trim() === '') return empty();
  const dealer = references.dealer(code);
  if (dealer?.isActive) return accept(dealer);
  if (dealer)
    return refuse('INACTIVE_DEALER', `${showValue(code)} is an inactive dealer: activate it, or choose another`);
  const likely = references.likelyDealer(code);
  const [what, remedy] = references.isLimited
    ? ["is not one of the uploading admin's dealers", "correct it, or leave the row to that dealer's admin"]
    : ['is not a known dealer', 'correct it, or add the dealer'];
  const advice = likely === undefined ? remedy : `did you mean ${showValue(likely)}?`;
  return refuse('UNKNOWN_DEALER', `${showValue(code)} ${what}: ${advice}`);
}

const statuses = new Map<string, BookingStatus>(BOOKING_STATUSES.map((status) => [status, status]));

export function judgeStatus(cell: Cell): Judged<BookingStatus | null> {
  const text = cellText(cell).trim();
  if (text === '') return accept(null);
  const status = text.length > 40 ? undefined : statuses.get(text.toUpperCase().replace(/[\s-]+/g, '_'));
  return status
    ? accept(status)
    : refuse('STATUS', `${showValue(text)} is not a status: allowed are ${BOOKING_STATUSES.join(', ')}`);
}

/** Text that is kept as it is. */
export function judgeText(cell: Cell): Judged<string | null> {
  const text = cellText(cell);
  if (isLonger(text, MAX_TEXT)) return tooLong(text, MAX_TEXT);
  return accept(text.trim() === '' ? null : text);
}
