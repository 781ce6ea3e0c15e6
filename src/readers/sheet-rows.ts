import type { Cell } from '../domain/record.ts';
import { type CellContext, type RawCell, readCell } from './cell-value.ts';
import { unreadable } from './refuse.ts';
import { XmlReader } from './xml.ts';
import { CellBudget } from './zip-limits.ts';

/** A row of a sheet that isn't blank; blank cells at its end are left out. */
export interface SheetRow {
  /** The row's number in the sheet, from 1. */
  line: number;
  cells: Cell[];
  damaged?: number[];
  characters: number;
}

/** 40 bytes of XML can be a row of 16,384 cells: what is read at once must be little. */
const SLICE_BYTES = 8192;
const LAST_ROW = 1_048_576;
const LAST_COLUMN = 16_384;

export interface RowContext extends CellContext {
  /** Told the last column of the sheet's `<dimension>`, before any row, if the sheet says it. */
  onWidth?: (columns: number) => void;
}

/** The rows of a sheet, as many at a time as one slice of its XML completes. */
export async function* readRows(chunks: AsyncIterable<Buffer>, context: RowContext) {
  const rows = new RowCollector(context);
  const reader = new XmlReader(rows);
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      reader.write(chunk.subarray(at, at + SLICE_BYTES));
      const done = rows.take();
      if (done.length) yield done;
    }
  }
  reader.end();
  const rest = rows.take();
  if (rest.length) yield rest;
  if (!rows.sawData) throw unreadable('The sheet is damaged: it has no cells at all.');
}

/** Follows worksheet > sheetData > row > c > v, f or is; whatever else a sheet holds has no business with its cells. */
class RowCollector {
  sawData = false;
  readonly #context: RowContext;
  readonly #budget = new CellBudget();
  #done: SheetRow[] = [];
  #depth = 0;
  #inData = false;
  #row: SheetRow | null = null;
  #line = 0;
  #column = 0;
  #blanks = 0;
  #cell: RawCell | null = null;
  #target: 'value' | 'formula' | 'inline' | null = null;
  #phonetic = false;

  constructor(context: RowContext) {
    this.#context = context;
  }

  take(): SheetRow[] {
    const done = this.#done;
    if (done.length) this.#done = [];
    return done;
  }

  open(name: string, attributes: Record<string, string>): void {
    this.#depth++;
    if (this.#cell) this.#openInCell(name);
    else if (this.#depth === 4 && this.#row && name === 'c') this.#openCell(attributes);
    else if (this.#depth === 3 && this.#inData && name === 'row') this.#openRow(attributes.r);
    else if (this.#depth === 2 && name === 'sheetData') this.sawData = this.#inData = true;
    else if (this.#depth === 2 && name === 'dimension') this.#dimension(attributes.ref);
    else if (this.#depth === 1 && name !== 'worksheet') throw unreadable('The sheet is no table of cells.');
  }

  text(text: string): void {
    if (this.#cell && this.#target) this.#cell[this.#target] += text;
  }

  close(_name: string): void {
    const depth = this.#depth--;
    if (depth === 4 && this.#cell) this.#closeCell(this.#cell);
    else if (depth === 3 && this.#row) this.#closeRow(this.#row);
    else if (depth === 2) this.#inData = false;
    else if (this.#cell) this.#closeInCell(_name);
  }

  #dimension(reference = ''): void {
    const last = columnOf(reference.split(':').at(-1) as string);
    if (last > 0) this.#context.onWidth?.(last);
  }

  #openRow(number: string | undefined): void {
    const line = number === undefined ? this.#line + 1 : Number(number);
    if (!(Number.isInteger(line) && line >= 1 && line <= LAST_ROW))
      throw unreadable(`The sheet has a row "${number}".`);
    this.#line = line;
    this.#column = 0;
    this.#blanks = 0;
    this.#row = { line, cells: [], characters: 0 };
  }

  #openCell({ r, t, s }: Record<string, string>): void {
    this.#column = r === undefined ? this.#column + 1 : columnOf(r);
    if (!(this.#column >= 1 && this.#column <= LAST_COLUMN)) throw unreadable(`The sheet has a cell "${r}".`);
    this.#cell = { type: t, style: Number(s ?? 0), value: null, inline: null, formula: null };
  }

  #openInCell(name: string): void {
    const cell = this.#cell as RawCell;
    if (name === 'v' && this.#depth === 5) this.#collect(cell, 'value');
    else if (name === 'f' && this.#depth === 5) this.#collect(cell, 'formula');
    else if (name === 'rPh') this.#phonetic = true;
    else if (name === 't' && !this.#phonetic) this.#collect(cell, 'inline');
  }

  #collect(cell: RawCell, target: 'value' | 'formula' | 'inline'): void {
    this.#target = target;
    cell[target] ??= '';
  }

  #closeInCell(name: string): void {
    if (name === 'rPh') this.#phonetic = false;
    this.#target = null;
  }

  #closeCell(raw: RawCell): void {
    this.#cell = null;
    this.#target = null;
    const row = this.#row as SheetRow;
    const { cell, damaged } = readCell(raw, this.#context);
    if (cell === '') return;
    const at = this.#column - 1;
    this.#fillUpTo(row, at);
    row.cells[at] = cell;
    row.characters += typeof cell === 'string' ? cell.length : cell.text.length;
    if (damaged) {
      row.damaged ??= [];
      row.damaged.push(at);
    }
  }

  #fillUpTo(row: SheetRow, at: number): void {
    const from = row.cells.length;
    if (from >= at) return;
    this.#blanks += at - from;
    // In one step: pushing 16,000 blanks leaves three times their memory behind.
    row.cells.length = at;
    row.cells.fill('', from);
  }

  #closeRow(row: SheetRow): void {
    this.#row = null;
    this.#budget.count({ cells: row.cells.length, blanks: this.#blanks, characters: row.characters });
    if (row.cells.some((cell) => typeof cell !== 'string' || cell.trim() !== '')) this.#done.push(row);
  }
}

/** `AB12` → 28; 0 for what is no cell's name. */
function columnOf(reference: string): number {
  let column = 0;
  for (let i = 0; i < reference.length; i++) {
    const letter = (reference.charCodeAt(i) & ~32) - 64;
    if (letter < 1 || letter > 26) return i > 0 && i <= 3 ? column : 0;
    column = column * 26 + letter;
  }
  return 0;
}
