import type { Entry } from 'yauzl';
import { refusal } from './refuse.ts';

const MB = 1024 * 1024;

/**
 * What a workbook may cost. A real one of 10 MB inflates to some 100 MB, about 10 : 1, and never beyond 50 : 1; deflate
 * itself can do 1,032 : 1. The sizes in a zip's directory can lie, so bytes are counted as they come out.
 */
const LIMITS = {
  entries: 10_000,
  /** All bytes inflated for one reading of the file: on two busy cores 25 MB a second are read. */
  inflatedBytes: 160 * MB,
  /** A part above this size must not have shrunk by more than `ratio`. */
  freeBytes: 24 * MB,
  ratio: 150,
  /** Relations, styles and the workbook itself, which are read whole. */
  smallPartBytes: 24 * MB,
  /** Text of all cells: one long shared string can be named a million times. */
  cellCharacters: 128 * MB,
  cells: 24_000_000,
  /** Blank cells before others: a row of one cell in the last column has 16,383 of them. */
  blanks: 10_000_000,
  sharedStringBytes: 160 * MB,
};

const tooComplex = (what: string) =>
  refusal('FILE_TOO_COMPLEX', `The workbook ${what}. Save only its data in a new workbook and upload that.`);

export function checkEntryCount(count: number): void {
  if (count > LIMITS.entries) throw tooComplex(`consists of ${count} parts`);
}

/** Counts what one reading of a workbook inflates; throws FILE_TOO_COMPLEX when it gets too much. */
export class InflateBudget {
  #inflated = 0;

  /** Starts a part; call the answer with each chunk's length. */
  open(entry: Entry, small: boolean): (bytes: number) => void {
    const limit = small ? LIMITS.smallPartBytes : LIMITS.inflatedBytes;
    const judge = (bytes: number) => {
      const squeezed = bytes > LIMITS.freeBytes && bytes > entry.compressedSize * LIMITS.ratio;
      if (bytes > limit || squeezed) throw tooComplex('is far larger inside than it looks');
    };
    judge(entry.uncompressedSize);
    let part = 0;
    return (bytes) => {
      part += bytes;
      this.#inflated += bytes;
      judge(part);
      if (this.#inflated > LIMITS.inflatedBytes) throw tooComplex('is far larger inside than it looks');
    };
  }
}

/** Counts the cells that are given out, the blank ones before others among them, and their text. */
export class CellBudget {
  #cells = 0;
  #blanks = 0;
  #characters = 0;

  count(row: { cells: number; blanks: number; characters: number }): void {
    this.#cells += row.cells;
    this.#blanks += row.blanks;
    this.#characters += row.characters;
    if (this.#cells > LIMITS.cells || this.#blanks > LIMITS.blanks) throw tooComplex('has too many cells');
    if (this.#characters > LIMITS.cellCharacters) throw tooComplex('holds too much text');
  }
}

/** Counts the memory of the shared strings: two bytes a character at worst, and what a string costs by itself. */
export class StringBudget {
  #bytes = 0;

  count(characters: number): void {
    this.#bytes += 24 + 2 * characters;
    if (this.#bytes > LIMITS.sharedStringBytes) throw tooComplex('holds too much text');
  }
}
