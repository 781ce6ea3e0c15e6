import type { BookingStatus } from './booking.ts';
import type { Field } from './columns.ts';
import type { RowFault, RowWarning } from './import.ts';
import type { Cell } from './record.ts';
import type { DealerRef } from './reference-lookup.ts';

/** A record's cells by field; a field without a column is empty. */
export type RowCells = Record<Field, Cell>;

/** What the rules made of a row's cells, before its dealer, advisor and status are seen together. */
export interface RowValues {
  external_id: string | null;
  customer_name: string;
  /** E.164 */
  customer_phone: string | null;
  customer_email: string | null;
  dealer_code: DealerRef;
  /** ISO 8601 instant in UTC */
  booking_date: string;
  car_variant: string | null;
  advisor_email: string | null;
  /** null: none was given. */
  status: BookingStatus | null;
  notes: string | null;
}

export type JudgedRow = { ok: true; values: RowValues; warnings: RowWarning[] } | { ok: false; faults: RowFault[] };
