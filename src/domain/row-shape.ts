import { FIELDS, type Field, type MappedColumn } from './columns.ts';
import { isErrorReport, unescapeFormula } from './csv-safety.ts';
import { MAX_TEXT } from './field-rules.ts';
import type { RowFault } from './import.ts';
import { type Cell, cellText, type SourceRecord } from './record.ts';
import type { RowCells } from './row-values.ts';
import { showValue } from './show-value.ts';

export interface RowShape {
  /** The record's cells by field, as they were before an error report made them harmless. */
  read(record: SourceRecord): RowCells;
  /** The cells of columns without a field, by the header's name; null when all are empty. */
  rest(record: SourceRecord): Record<string, string> | null;
  /** What is wrong with the record whatever its fields say: damaged cells, cells beyond the header, huge ones. */
  faults(record: SourceRecord): RowFault[];
}

/** Compiles which cell is what, once for a file. */
export function compileShape(columns: MappedColumn[]): RowShape {
  const width = columns.length;
  const own = isErrorReport(columns.map(({ name }) => name)) ? unescapeCell : (cell: Cell) => cell;
  const at = positions(columns);
  const rest = nameColumns(columns.filter((column) => column.field === null && !column.ignored));
  const cellAt = (cells: Cell[], index: number): Cell => (index < 0 ? '' : own(cells[index] ?? ''));
  return {
    read({ cells }) {
      return {
        external_id: cellAt(cells, at.external_id),
        customer_name: cellAt(cells, at.customer_name),
        customer_phone: cellAt(cells, at.customer_phone),
        customer_email: cellAt(cells, at.customer_email),
        dealer_code: cellAt(cells, at.dealer_code),
        booking_date: cellAt(cells, at.booking_date),
        car_variant: cellAt(cells, at.car_variant),
        advisor_email: cellAt(cells, at.advisor_email),
        status: cellAt(cells, at.status),
        notes: cellAt(cells, at.notes),
      };
    },
    rest({ cells }) {
      if (rest.length === 0) return null;
      const entries = rest.flatMap(({ key, index }): [string, string][] => {
        const text = cellText(cellAt(cells, index));
        return text.trim() === '' ? [] : [[key, text]];
      });
      // Not by assignment, which would lose a column that is called __proto__.
      return entries.length > 0 ? Object.fromEntries(entries) : null;
    },
    faults({ cells, damaged }) {
      if (cells.length <= width && !damaged?.length && rest.length === 0) return [];
      const huge = rest.filter(({ index }) => cellText(cells[index]).length > MAX_TEXT);
      return [
        ...(damaged ?? []).flatMap((index) => encodingFault(columns[index], index)),
        ...beyond(cells, width),
        ...huge.map(({ key }) => tooLong(key)),
      ];
    },
  };
}

const unescapeCell = (cell: Cell): Cell => (typeof cell === 'string' ? unescapeFormula(cell) : cell);

function positions(columns: MappedColumn[]): Record<Field, number> {
  const find = (field: Field) => columns.findIndex((column) => column.field === field);
  return Object.fromEntries(FIELDS.map((field) => [field, find(field)])) as Record<Field, number>;
}

/** A key for each column: its name, with its position where it has none or shares it. */
function nameColumns(columns: MappedColumn[]): { key: string; index: number }[] {
  const count = new Map<string, number>();
  for (const { name } of columns) count.set(name, (count.get(name) ?? 0) + 1);
  const used = new Set<string>();
  return columns.map(({ name, position }) => {
    let key = name !== '' && count.get(name) === 1 ? name : `${name} #${position}`.trim();
    while (used.has(key)) key += ` #${position}`;
    used.add(key);
    return { key, index: position - 1 };
  });
}

function encodingFault(column: MappedColumn | undefined, index: number): RowFault[] {
  if (column?.ignored) return [];
  const where = column?.field ?? `column ${showValue(column?.name ?? '')} (#${index + 1})`;
  const message = `${where} has bytes that are no text in the file's encoding: correct them, or choose the encoding`;
  return [{ type: 'ENCODING', field: column?.field ?? null, message }];
}

function beyond(cells: Cell[], width: number): RowFault[] {
  const filled = cells.slice(width).filter((cell) => cellText(cell).trim() !== '').length;
  if (filled === 0) return [];
  const message = `${filled === 1 ? 'a cell stands' : `${filled} cells stand`} beyond the ${width} columns of the header: put text with a separator in quotes`;
  return [{ type: 'TOO_MANY_COLUMNS', field: null, message }];
}

const tooLong = (key: string): RowFault => ({
  type: 'LENGTH',
  field: null,
  message: `column ${showValue(key)} holds more than ${MAX_TEXT} characters: shorten it, or map the column to null`,
});
