import type { FileReport, StagedRecord } from '../db/staging.ts';
import type { Field } from '../src/domain/columns.ts';
import { isErrorReport, unescapeFormula } from '../src/domain/csv-safety.ts';
import { type Cell, cellText } from '../src/domain/record.ts';

export interface Repeats {
  /** The row that had this record's external id first; without one, the row that says the same of the same customer. */
  of(row: number, cells: Cell[]): number | null;
  /** Whether a record must wait for an earlier one of the same external id. */
  repeatsId(record: StagedRecord): boolean;
}

/** Finds the records of a file that say again what an earlier one said. Remembers one string a record. */
export function findRepeats({ header, columns }: FileReport): Repeats {
  const original = isErrorReport(header) ? unescapeFormula : (text: string) => text;
  const positionOf = (field: Field) => (columns.find((column) => column.field === field)?.position ?? 0) - 1;
  const idAt = positionOf('external_id');
  const sameAt = (['customer_name', 'customer_phone', 'dealer_code', 'booking_date'] as const).map(positionOf);
  const textAt = (cells: Cell[], position: number) => original(cellText(cells[position])).trim();
  const seen = new Map<string, number>();
  return {
    of(row, cells) {
      const id = textAt(cells, idAt);
      const key = id || sameAt.map((position) => textAt(cells, position).toLowerCase()).join('\u0000\u0001');
      const first = seen.get(key);
      if (first === undefined) seen.set(key, row);
      return first ?? null;
    },
    repeatsId: ([, , cells, , duplicateOf]) => duplicateOf !== null && textAt(cells, idAt) !== '',
  };
}
