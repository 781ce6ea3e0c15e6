import { type Info, Parser } from 'csv-parse';
import type { Cell, SourceRecord } from '../domain/record.ts';
import { boundRecord } from './bound-record.ts';
import { restoreCell } from './damage.ts';

const BATCH_RECORDS = 500;
/** A batch is handed on early when its text is longer, so that long cells don't pile up. */
const BATCH_CHARACTERS = 1 << 20;
/** Far above any row that people make; a file whose lines never end is stopped here. */
const LONGEST_RECORD_BYTES = 64 * 1024 * 1024;

export interface CsvShape {
  delimiter: string;
  /** Lines of the file that stand before the text that is parsed. */
  linesBefore: number;
  /** Whether the bytes so far held any mark of `damage.ts` or NUL: only then are the cells looked at one by one. */
  mayBeDamaged: () => boolean;
}

/**
 * csv-parse as a stream of batches of numbered records. Its own `info: true` doubles the cost of a record, so the
 * line is taken from the parser's running count at the moment it pushes a record.
 * The first record, the header, comes as a batch of its own with row 0.
 */
export class CsvRecords extends Parser {
  readonly #shape: CsvShape;
  #batch: SourceRecord[] = [];
  #characters = 0;
  #row = 0;
  #endLine: number;
  #counted: { lines: number; empty: number } = { lines: 0, empty: 0 };

  constructor(shape: CsvShape) {
    super({
      delimiter: shape.delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: LONGEST_RECORD_BYTES,
      readableHighWaterMark: 2,
    } as ConstructorParameters<typeof Parser>[0]);
    this.#shape = shape;
    this.#endLine = shape.linesBefore;
  }

  override push(record: string[] | null): boolean {
    try {
      return this.#push(record);
    } catch (error) {
      // Thrown out of csv-parse's last call it would be nobody's, and end the process.
      this.destroy(error as Error);
      return false;
    }
  }

  #push(record: string[] | null): boolean {
    if (record === null) {
      this.#flush();
      return super.push(null);
    }
    const line = this.#startLine(record);
    // csv-parse builds an Error for each record that is wider or narrower than the first one (50 µs each); a record
    // that it takes for the first is never compared.
    (this.info as { records: Info['records'] }).records = 0;
    return isBlank(record) ? true : this.#take(record, line);
  }

  #take(record: string[], line: number): boolean {
    const row = this.#row++;
    // The header is judged as it is (`openFile`).
    if (row > 0) boundRecord(row, record);
    const damaged = this.#shape.mayBeDamaged() ? restore(record) : undefined;
    this.#batch.push(damaged ? { row, line, cells: record, damaged } : { row, line, cells: record });
    for (const cell of record) this.#characters += cell.length;
    const full = row === 0 || this.#batch.length === BATCH_RECORDS || this.#characters > BATCH_CHARACTERS;
    return full ? this.#flush() : true;
  }

  #flush(): boolean {
    if (this.#batch.length === 0) return true;
    const batch = this.#batch;
    this.#batch = [];
    this.#characters = 0;
    return super.push(batch);
  }

  /** csv-parse knows the line on which a record ends, and counts a CRLF inside quotes twice: so count those anew. */
  #startLine(record: string[]): number {
    const { lines, empty_lines: empty } = this.info;
    const blanks = empty - this.#counted.empty;
    const inside = lines - this.#counted.lines - blanks > 1 ? countLineEnds(record) : 0;
    this.#counted = { lines, empty };
    const start = this.#endLine + blanks + 1;
    this.#endLine = start + inside;
    return start;
  }
}

const LINE_END = /\r\n|\r|\n/g;

export function countLineEnds(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) {
    // One by one: the list of all matches of a cell of 10 MB would be hundreds of MB.
    LINE_END.lastIndex = 0;
    while (LINE_END.test(cell)) count++;
  }
  return count;
}

/** A line of separators alone is what Excel saves for an emptied row: as blank as an empty line. */
function isBlank(record: readonly string[]): boolean {
  for (const cell of record) if (cell !== '' && cell.trim() !== '') return false;
  return true;
}

/** Restores the cells in place; answers the positions of the damaged ones, if any. */
function restore(record: Cell[]): number[] | undefined {
  const positions: number[] = [];
  for (let i = 0; i < record.length; i++) {
    const { text, damaged } = restoreCell(record[i] as string);
    record[i] = text;
    if (damaged) positions.push(i);
  }
  return positions.length ? positions : undefined;
}
