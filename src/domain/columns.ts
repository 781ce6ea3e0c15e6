import type { InputFault } from './failures.ts';

/** The fields an import can fill: the plan's columns. */
export const FIELDS = [
  'external_id',
  'customer_name',
  'customer_phone',
  'customer_email',
  'dealer_code',
  'booking_date',
  'car_variant',
  'advisor_email',
  'status',
  'notes',
] as const;
export type Field = (typeof FIELDS)[number];
export const REQUIRED_FIELDS = ['customer_name', 'dealer_code', 'booking_date'] as const satisfies readonly Field[];

/** One column of a file and the field that it fills. */
export interface MappedColumn {
  /** From 1. */
  position: number;
  /** The header as the file has it, without outer white space. May be empty. */
  name: string;
  field: Field | null;
  /** 0..1: of the field, or without one of the suggestion. */
  confidence: number;
  /** A likely field that was not applied. */
  suggestion?: Field;
  /** Left out on purpose, so that its cells are not even kept as metadata. */
  ignored?: true;
}

/** What a header row comes to. With problems it serves a preview only; `requireColumns` refuses it. */
export interface HeaderMapping {
  columns: MappedColumn[];
  missingRequired: Field[];
  /** `AMBIGUOUS_HEADERS` and `UNKNOWN_COLUMN`, by pointer into `/headers` and `/mapping`. */
  problems: InputFault[];
}
