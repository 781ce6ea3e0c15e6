/** The columns that an error report adds behind the file's own. */
export const ERROR_COLUMNS = [
  'import_id',
  'import_row',
  'import_error_type',
  'import_error_field',
  'import_error_message',
] as const;

/** Whether a header is that of an error report, whose cells were made harmless and read back by `unescapeFormula`. */
export function isErrorReport(header: string[]): boolean {
  const names = new Set(header.map((name) => name.trim()));
  return ERROR_COLUMNS.every((column) => names.has(column));
}

// What a spreadsheet runs as a formula when a cell begins with it (OWASP, "CSV Injection"), and the full-width signs
// that some of them take for the same. Leading apostrophes count with it, else one that was there would be taken off.
const RUNNABLE = /^'*[=+\-@\t\r\n＝＋－＠]/;
const ESCAPED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** Makes a cell that a spreadsheet would run harmless, by one apostrophe in front. */
export const escapeFormula = (text: string): string => (RUNNABLE.test(text) ? `'${text}` : text);

/** Takes back `escapeFormula`, and only that: `unescapeFormula(escapeFormula(text)) === text` for every text. */
export const unescapeFormula = (text: string): string => (ESCAPED.test(text) ? text.slice(1) : text);

const ESCAPE = /\\(?:x([0-9A-F]{2})|u([0-9A-F]{4})|(\\))/gi;

/**
 * The bytes of a damaged cell as they were, in a file of UTF-8 (`SourceRecord.damaged` says how they were written). A
 * lone surrogate becomes its three bytes, which no reader takes for text, so that it stays damaged.
 */
export function restoreDamaged(text: string): Buffer {
  const parts: Buffer[] = [];
  let end = 0;
  for (const match of text.matchAll(ESCAPE)) {
    parts.push(Buffer.from(text.slice(end, match.index)), restoreEscape(match));
    end = match.index + match[0].length;
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(end))]);
}

function restoreEscape([, byte, surrogate]: RegExpMatchArray): Buffer {
  if (byte !== undefined) return Buffer.from(byte, 'hex');
  if (surrogate === undefined) return Buffer.from('\\');
  const unit = Number.parseInt(surrogate, 16);
  return Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]);
}
