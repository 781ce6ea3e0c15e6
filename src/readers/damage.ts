/**
 * How bytes that are no text travel through a CSV parser that only knows UTF-8. The decoder puts marks in their place;
 * when the cells are cut, `restoreCell` turns the marks into the escapes that `SourceRecord.damaged` promises.
 * The mark begins with a noncharacter, and a real one in the file is marked too, so nothing can be mistaken for it.
 */
const MARK = '\uFFFF';
const MARK_BYTES = Buffer.from(MARK);

export const markByte = (byte: number): Buffer => Buffer.from(`${MARK}x${hex(byte, 2)}`);
export const markSurrogate = (unit: number): Buffer => Buffer.from(`${MARK}u${hex(unit, 4)}`);
const MARK_LATIN1 = MARK_BYTES.toString('latin1');
const OWN_MARK_LATIN1 = `${MARK_LATIN1}=`;

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

/** Valid UTF-8 with every real mark character marked as such; the same buffer when there is none. */
export function protectMarks(text: Buffer): Buffer {
  if (text.indexOf(MARK_BYTES) < 0) return text;
  // As a string of one character a byte: a Buffer for each of three million marks took 300 MB.
  return Buffer.from(text.toString('latin1').replaceAll(MARK_LATIN1, OWN_MARK_LATIN1), 'latin1');
}

/** Whether decoded bytes can hold anything that `restoreCell` changes. */
export const mayBeDamaged = (text: Buffer): boolean => text.indexOf(0) >= 0 || text.indexOf(MARK_BYTES) >= 0;

const DAMAGE = /\0|\uFFFF[xu]/;
const ESCAPED = /\0|\\|\uFFFF=|\uFFFF(x[0-9A-F]{2}|u[0-9A-F]{4})/g;

export interface RestoredCell {
  text: string;
  damaged: boolean;
}

/** The cell as `SourceRecord` shows it: untouched, or with its damage escaped and its backslashes doubled. */
export function restoreCell(text: string): RestoredCell {
  if (!DAMAGE.test(text)) return { text: text.replaceAll(`${MARK}=`, MARK), damaged: false };
  const escaped = text.replace(ESCAPED, (found, code?: string) => {
    if (code) return `\\${code}`;
    return found === '\0' ? '\\x00' : found === '\\' ? '\\\\' : MARK;
  });
  return { text: escaped, damaged: true };
}

const BAD_TEXT = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const BAD_OR_BACKSLASH = /\0|\\|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** The same escapes for text that never was bytes: a spreadsheet's `_x0000_` and `_xD800_`. */
export function escapeBadText(text: string): RestoredCell {
  if (!BAD_TEXT.test(text)) return { text, damaged: false };
  const escaped = text.replace(BAD_OR_BACKSLASH, (found) => {
    if (found === '\0') return '\\x00';
    return found === '\\' ? '\\\\' : `\\u${hex(found.charCodeAt(0), 4)}`;
  });
  return { text: escaped, damaged: true };
}
