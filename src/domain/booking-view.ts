import type { BookingSource, BookingStatus } from './booking.ts';

/** A booking as everybody outside sees it. */
export interface BookingView {
  id: string;
  externalId: string | null;
  dealerCode: string | null;
  dealerName: string | null;
  customerName: string;
  /** E.164 */
  customerPhone: string | null;
  customerEmail: string | null;
  advisor: { id: string; email: string; name: string } | null;
  /** The variant's code, or the text that no variant matched. */
  carVariant: string | null;
  /** ISO 8601 in UTC, as all times here. */
  bookingDate: string | null;
  status: BookingStatus;
  source: BookingSource;
  notes: string | null;
  /** As it is stored; the notes are in it, too. */
  metadata: Record<string, unknown> | null;
  importId: string | null;
  importRow: number | null;
  /** Counts changes from 1; its `ETag`. */
  version: number;
  createdAt: string;
  updatedAt: string;
}
