import type { BookingSource, BookingStatus } from './booking.ts';
import type { ImportStatus, RowErrorType } from './import.ts';

/** What figures are asked for: ISO instants, `from` inclusive and `to` exclusive. */
export interface StatsRange {
  from: string;
  to: string;
  /** Dealer codes; empty: all. */
  dealerCodes: string[];
  /** Of imports only those of an admin limited to these dealers count; empty: all. */
  limitedTo: string[];
  /** IANA, for the hours of the day. */
  timeZone: string;
}

/** In seconds; nulls when there is nothing to measure. */
export interface Durations {
  count: number;
  average: number | null;
  median: number | null;
  p95: number | null;
  longest: number | null;
}

/** Of the real imports (no checks) that were uploaded in the range and, given dealers, brought a booking to one. */
export interface ImportStats {
  total: number;
  byStatus: Partial<Record<ImportStatus, number>>;
  /** COMPLETED of those that have ended. Rates are 0 to 1, null for none of none. */
  successRate: number | null;
  rows: { created: number; updated: number; skipped: number; failed: number };
  /** Rows that came in or were there already, of those that were dealt with. */
  rowSuccessRate: number | null;
  /** From start to end of those COMPLETED. */
  durationSeconds: Durations;
  /** All their rows by all their time, and the middle one of their own rates. */
  rowsPerSecond: { average: number | null; median: number | null };
  /** Rows that stay failed, by each type of fault that they have. */
  errorTypes: Partial<Record<RowErrorType, number>>;
  /** Uploads by the hour of the day, 0 to 23. */
  peakHours: { hour: number; imports: number; rows: number }[];
}

/** How bookings that were made in the range stand now. */
export interface Outcome {
  bookings: number;
  completed: number;
  cancelled: number;
  noShow: number;
  /** Still on their way to an end. */
  open: number;
  /** Completed of all. */
  conversionRate: number | null;
}

/** Of the bookings that were made in the range. */
export interface CohortStats {
  conversion: Outcome;
  byStatus: Partial<Record<BookingStatus, number>>;
  bySource: Partial<Record<BookingSource, number>>;
  /** By who has them now, those with most first, at most 200; so the dealers. */
  advisors: (Outcome & { id: string; email: string; name: string })[];
  dealers: (Outcome & { dealerCode: string; dealerName: string })[];
}

/** Of the changes that were made in the range, whenever their bookings were. */
export interface ChangeStats {
  transitions: { from: BookingStatus; to: BookingStatus; count: number }[];
  /** How long a status had lasted when it was left. */
  timeInStatus: Partial<Record<BookingStatus, Durations>>;
}
