import type { Cell } from './record.ts';

/** A spreadsheet computes with 15 digits; of a longer number the rest is made up. */
const EXACT_DIGITS = 15;
/** As a spreadsheet shows, and exports, a number too long for its column. */
const SHOWN_BY_A_SPREADSHEET = /^[+-]?\d(?:[.,]\d+)?E\+\d{1,3}$/i;
const WITH_EXPONENT = /^[+-]?\d+(?:[.,]\d+)?E[+-]?\d{1,3}$/i;

/**
 * Whether a spreadsheet has damaged what was typed: a number cell with an exponent or more than 15 digits, a date cell,
 * or text that is how a spreadsheet shows such a number. `1E10` as text is an id like any other, but never a phone.
 */
export function isDamagedNumber(cell: Cell, { exponents }: { exponents: 'all' | 'shown' }): boolean {
  if (typeof cell === 'string') {
    const text = cell.length > 40 ? '' : cell.trim();
    return (exponents === 'all' ? WITH_EXPONENT : SHOWN_BY_A_SPREADSHEET).test(text);
  }
  if (cell.kind === 'date') return true;
  const digits = cell.text.replace(/^[+-]?0*|[.,]/g, '');
  return /e/i.test(cell.text) || digits.length > EXACT_DIGITS;
}
