import type { AssignmentDesk, Strategy } from './assignment.ts';
import type { AuditAction, BookingStatus } from './booking.ts';
import type { FailureCode } from './failures.ts';
import type { BookingRole } from './transitions.ts';

export const COMMAND_KINDS = ['changeStatus', 'assign', 'reschedule', 'addNote'] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

/** What somebody wants of a booking. Times are ISO 8601 instants. */
export type BookingWish =
  | { kind: 'changeStatus'; status: BookingStatus }
  /** `insteadOf`: the advisor whom the admin saw when deciding. */
  | { kind: 'assign'; advisorId: string; insteadOf: string | null }
  | { kind: 'assign'; strategy: Strategy; insteadOf: string | null }
  | { kind: 'reschedule'; bookingDate: string }
  | { kind: 'addNote'; note: string };

/** The booking's row as a command finds it, under lock. */
export interface CommandedBooking {
  status: BookingStatus;
  version: number;
  advisorId: string | null;
  bookingDate: string | null;
  statusSince: string;
}

/** A wish with all that decides about it. */
export interface BookingAttempt {
  wish: BookingWish;
  role: BookingRole;
  /** Whether the booking is assigned to whoever asks. */
  owns: boolean;
  /** Whether the advisor whom it would have then is active and serves its dealer. */
  advisorAvailable: boolean;
  /** What a strategy chooses by; null: the wish asks for none. */
  desk: AssignmentDesk | null;
  /** From `If-Match`; null: any. */
  expectedVersion: number | null;
  /** When it happened, as the phone says; null: as it is applied. */
  occurredAt: string | null;
  now: string;
}

export interface BookingChanges {
  status?: BookingStatus;
  advisorId?: string | null;
  bookingDate?: string;
  note?: string;
}

/** Why a command was refused, with where the booking stood; stored as the command's result. */
export interface CommandRefusal {
  ok: false;
  code: FailureCode;
  message: string;
  allowed: string[];
  status: BookingStatus | null;
  version: number | null;
}
export interface CommandSuccess {
  ok: true;
  status: BookingStatus;
  version: number;
}
export type CommandResult = CommandSuccess | CommandRefusal;

/** No changes: the booking is already as it was wished to be. `why`: of what the wish itself doesn't say. */
export type CommandVerdict = { ok: true; action: AuditAction; changes: BookingChanges; why?: string } | CommandRefusal;
