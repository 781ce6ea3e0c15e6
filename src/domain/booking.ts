/** The booking statuses of the plan, in its order. */
export const BOOKING_STATUSES = [
  'PENDING',
  'ASSIGNED',
  'IN_PROGRESS',
  'COMPLETED',
  'CANCELLED',
  'NO_SHOW',
  'WAITLISTED',
  'RESCHEDULED',
] as const;
export type BookingStatus = (typeof BOOKING_STATUSES)[number];

/** Where a booking came from (the plan's `BookingSource`). */
export const BOOKING_SOURCES = ['manual', 'bulk_import', 'api', 'mobile'] as const;
export type BookingSource = (typeof BOOKING_SOURCES)[number];

/** What an audit row can say that happened to a booking. */
export const AUDIT_ACTIONS = [
  'CREATED',
  'IMPORTED',
  'UPDATED',
  'ASSIGNED',
  'STATUS_CHANGED',
  'RESCHEDULED',
  'NOTE_ADDED',
  'REFUSED',
  'REMOVED',
  'ERASED',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * A row that passed every rule, named as `bookings` names its columns, so that one
 * `jsonb_to_recordset` writes it. `row` is the record's number in its file.
 */
export interface BookingDraft {
  row: number;
  external_id: string | null;
  dealer_id: string;
  car_variant_id: string | null;
  customer_name: string;
  /** E.164 */
  customer_phone: string | null;
  customer_email: string | null;
  advisor_id: string | null;
  /** ISO 8601 instant in UTC */
  booking_date: string;
  status: BookingStatus;
  /** Notes under `notes`, the variant's text under `carVariant`, unknown columns under `columns`. */
  metadata: BookingMetadata | null;
}

export interface BookingMetadata {
  notes?: string;
  carVariant?: string;
  columns?: Record<string, string>;
}
