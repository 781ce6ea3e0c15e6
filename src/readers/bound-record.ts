import { type Cell, cellText } from '../domain/record.ts';
import { refusal } from './refuse.ts';

/** Three times what Excel takes, ten times what any field keeps: a row with such a cell fails, but for an unused column. */
const LONGEST_CELL = 100_000;
/**
 * No export of bookings has so many columns. Every heading is looked up, told, and shown on the thread that serves all
 * requests: 16,384 of them held it up for 0.4 s, and 4 million cells of such rows kept a worker busy for 40 s.
 */
export const MOST_CELLS = 2_000;
const LONGEST_RECORD = 1_000_000;
/** As many as a sheet of Excel has. Two bytes make a row, and half a kilobyte of faults in Postgres. */
const MOST_RECORDS = 1_048_576;

/**
 * Cuts what no row of a table holds, in place, and says so where it was cut: a cell of 10 MB went through ten copies on
 * its way into Postgres and took 340 MB, a row of five million cells 17 s. Throws FILE_TOO_COMPLEX for a record that is
 * huge even so, and for one too many; `row` counts from 1.
 */
export function boundRecord(row: number, cells: Cell[]): void {
  if (row > MOST_RECORDS) throw refusal('FILE_TOO_COMPLEX', `The file has more than ${MOST_RECORDS} rows.`);
  if (cells.length > MOST_CELLS) cutRow(cells);
  let characters = 0;
  for (let i = 0; i < cells.length; i++) {
    const text = cellText(cells[i]);
    if (text.length > LONGEST_CELL) cells[i] = cut(text);
    characters += Math.min(text.length, LONGEST_CELL);
  }
  if (characters > LONGEST_RECORD) throw refusal('FILE_TOO_COMPLEX', 'A row of the file holds too much text.');
}

/** Not by `splice`, which gives what it takes away: of five million cells 40 MB more, for each that reads them. */
function cutRow(cells: Cell[]): void {
  const more = cells.length - MOST_CELLS;
  cells.length = MOST_CELLS;
  cells.push(`… (${more} more cells)`);
}

/** In a copy, which doesn't keep the whole text alive; not within a pair of surrogates, nor a mark of `damage.ts`. */
function cut(text: string): string {
  const start = text.slice(0, LONGEST_CELL).replace(/(\uFFFF.{0,4}|[\uD800-\uDBFF])$/s, '');
  return `${Buffer.from(start).toString()}… (cut: it had ${text.length} characters)`;
}
