/**
 * One cell as its file gave it. Text is text. From a spreadsheet a number or a true date keeps its kind, because
 * "a number cell that lost its plus" and "a date cell" are judged otherwise than the same characters typed as text.
 * A date is the wall clock that the sheet shows (`2027-03-04T10:00:00`), without a zone.
 */
export type Cell = string | { kind: 'number' | 'date'; text: string };

/** One record of a file. */
export interface SourceRecord {
  /** Records after the header, counted from 1; blank lines don't count. */
  row: number;
  /** Where a person finds it: the physical line of a CSV (from 1, where the record starts), the row of a sheet. */
  line: number;
  cells: Cell[];
  /**
   * Positions of cells whose bytes are no text (a NUL, a lone surrogate, bytes that the encoding doesn't know).
   * In such a cell, and only there, the offending bytes stand as `\xHH`, NUL as `\x00`, a lone surrogate as `\uDXXX`
   * and a real backslash as `\\`, so that neither JSON nor Postgres chokes and nothing is lost.
   */
  damaged?: number[];
}

export const cellText = (cell: Cell | undefined): string =>
  cell === undefined ? '' : typeof cell === 'string' ? cell : cell.text;

/** What a file turned out to be. */
export interface FileFacts {
  type: 'csv' | 'xlsx';
  encoding: string | null;
  delimiter: string | null;
  sheet: string | null;
  /** All sheets of a workbook in their order, hidden ones too. */
  sheets: string[];
}
