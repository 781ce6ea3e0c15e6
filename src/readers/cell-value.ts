import type { Cell } from '../domain/record.ts';
import { escapeBadText } from './damage.ts';
import { type FormatKind, isoToText, serialToText } from './excel-date.ts';
import { unreadable } from './refuse.ts';

/** A `<c>` of a sheet as its XML gave it. */
export interface RawCell {
  type: string | undefined;
  style: number;
  /** The text of `<v>`, of a formula its cached result; null without one. */
  value: string | null;
  /** The text of `<is>`, all runs joined, phonetic hints left out; null without one. */
  inline: string | null;
  formula: string | null;
}

/** What the rest of the workbook says about its cells. */
export interface CellContext {
  strings: readonly string[];
  date1904: boolean;
  kindOf(style: number): FormatKind;
}

export interface ReadCell {
  cell: Cell;
  damaged: boolean;
}

const NOTHING: ReadCell = { cell: '', damaged: false };

/** The cell as `Cell` describes it; `''` for a blank one. Throws UNREADABLE_FILE when it names a string that isn't. */
export function readCell(raw: RawCell, context: CellContext): ReadCell {
  if (raw.type === 'inlineStr' || (raw.value === null && raw.inline !== null)) return textCell(raw.inline ?? '');
  if (raw.value === null) return uncached(raw);
  switch (raw.type) {
    case 's':
      return escaped(sharedString(raw.value, context.strings));
    case 'str':
      return textCell(raw.value);
    case 'e':
      return textCell(raw.value);
    case 'b':
      return { cell: /^(1|true)$/i.test(raw.value.trim()) ? 'TRUE' : 'FALSE', damaged: false };
    case 'd': {
      const text = isoToText(raw.value);
      return text ? { cell: { kind: 'date', text }, damaged: false } : textCell(raw.value);
    }
    default:
      return { cell: numberCell(raw.value.trim(), raw.style, context), damaged: false };
  }
}

/** A formula that no program has calculated yet: shown as it is, so that it doesn't silently become nothing. */
const uncached = (raw: RawCell): ReadCell => (raw.formula ? textCell(`=${raw.formula}`) : NOTHING);

/** `_x000D_` is how a workbook writes a character that XML can't hold, `_x005F_` the underscore of a real `_x000D_`. */
export const decodeXstring = (text: string): string =>
  text.includes('_x') ? text.replace(/_x([0-9a-f]{4})_/gi, (_, code) => String.fromCharCode(parseInt(code, 16))) : text;

const textCell = (text: string): ReadCell => escaped(decodeXstring(text));

function escaped(text: string): ReadCell {
  const { text: cell, damaged } = escapeBadText(text);
  return { cell, damaged };
}

function sharedString(value: string, strings: readonly string[]): string {
  const text = /^\s*\d+\s*$/.test(value) ? strings[Number(value)] : undefined;
  if (text === undefined) throw unreadable('The workbook is damaged: a cell names a text that is not there.');
  return text;
}

function numberCell(text: string, style: number, context: CellContext): Cell {
  if (text === '') return '';
  const number = Number(text);
  if (!Number.isFinite(number)) return decodeXstring(text);
  const kind = context.kindOf(style);
  const shown = kind === 'number' ? null : serialToText(number, kind, context.date1904);
  if (!shown) return { kind: 'number', text: plainNumber(text, number) };
  return 'date' in shown ? { kind: 'date', text: shown.date } : shown.time;
}

/**
 * The number as stored, but an exact integer without exponent (`9.1E+11`, `12.0`), and a fraction without the noise
 * that a 17th digit shows (`0.10000000000000001`): the same double, as the sheet shows it. What is beyond 2^53 stays
 * as it stands, so that the rules can see that digits are lost.
 */
function plainNumber(text: string, number: number): string {
  if (/^-?\d+$/.test(text)) return text;
  if (Number.isSafeInteger(number)) return String(number);
  return /^-?\d*\.\d{15,}$/.test(text) ? String(number) : text;
}
