import { STRATEGIES } from './assignment.ts';
import type { Field } from './columns.ts';

/** The plan's `ImportStatus`. */
export const IMPORT_STATUSES = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** What an import is doing, finer than its status. */
export const IMPORT_PHASES = ['uploaded', 'parsing', 'validating', 'writing', 'paused', 'cancelling', 'done'] as const;
export type ImportPhase = (typeof IMPORT_PHASES)[number];

export const ROW_ERROR_TYPES = [
  'REQUIRED',
  'LENGTH',
  'PHONE',
  'EMAIL',
  'DATE',
  'UNKNOWN_DEALER',
  'INACTIVE_DEALER',
  'STATUS',
  'DUPLICATE',
  'TOO_MANY_COLUMNS',
  'PRECISION_LOST',
  'ENCODING',
  'DATABASE',
] as const;
export type RowErrorType = (typeof ROW_ERROR_TYPES)[number];

export const ROW_WARNING_TYPES = [
  'UNKNOWN_ADVISOR',
  'UNKNOWN_VARIANT',
  'PHONE_WITHOUT_PLUS',
  'POSSIBLE_DUPLICATE',
  'NO_ADVISOR_AVAILABLE',
] as const;
export type RowWarningType = (typeof ROW_WARNING_TYPES)[number];

/** One thing wrong with a row. `field` is null when no single column is to blame. */
export interface RowFault {
  type: RowErrorType;
  field: Field | null;
  message: string;
}
export interface RowWarning {
  type: RowWarningType;
  field: Field | null;
  message: string;
}

/** What became of a row. */
export const ROW_OUTCOMES = ['created', 'updated', 'skipped', 'failed', 'notAttempted'] as const;
export type RowOutcome = (typeof ROW_OUTCOMES)[number];

export const DUPLICATE_POLICIES = ['skip', 'update', 'error'] as const;
export const ASSIGNMENT_STRATEGIES = ['manual', ...STRATEGIES] as const;
export const IMPORT_MODES = ['partial', 'all_or_nothing'] as const;

/** An import's settings with every default filled in; `settings.ts` judges what a client sends. */
export interface ImportSettings {
  /** Header name or `#position` (from 1) to a field, or null to leave the column out. */
  mapping: Record<string, Field | null>;
  /** A luxon format such as `dd/MM/yyyy`; null: ISO 8601 and DD-MM-YYYY only. */
  dateFormat: string | null;
  /** IANA zone for dates without one; null: the dealer's setting, else UTC. */
  timeZone: string | null;
  /** ISO 3166 alpha-2 country for phones without a country code; null: such a phone is an error. */
  defaultCountry: string | null;
  onDuplicate: (typeof DUPLICATE_POLICIES)[number];
  assignment: (typeof ASSIGNMENT_STRATEGIES)[number];
  mode: (typeof IMPORT_MODES)[number];
  sheet: string | null;
  encoding: string | null;
  delimiter: string | null;
  allowSameFile: boolean;
  notify: boolean;
  historical: boolean;
}

export interface RowCounts {
  created: number;
  updated: number;
  skipped: number;
  failed: number;
  notAttempted: number;
  warned: number;
}

/** How many imports one admin may have. Paused ones count as neither. */
export interface ImportCaps {
  running: number;
  /** More than these are refused. */
  waiting: number;
}

/** An import can be undone for so long after its end. */
export const UNDO_DAYS = 7;

/** What an undo has done. */
export interface ImportUndo {
  undoneAt: string;
  undoneBy: string;
  removed: number;
  kept: number;
  /** The first hundred of them. */
  keptBookings: KeptBooking[];
}

/** A booking that an undo has left, and why. */
export interface KeptBooking {
  bookingId: string;
  externalId: string | null;
  row: number;
  code: 'CHANGED' | 'BEING_CHANGED';
  message: string;
}

/** An import as the REST API shows it. */
export interface ImportView {
  id: string;
  status: ImportStatus;
  phase: ImportPhase;
  reason: { code: string; message: string } | null;
  /** 1: the next of its admin's that is started when one ends; null: it doesn't wait in line. */
  queuePosition: number | null;
  fileName: string;
  fileSize: number;
  sha256: string | null;
  adminId: string;
  dryRun: boolean;
  settings: ImportSettings;
  totalRows: number;
  processedRows: number;
  successfulRows: number;
  failedRows: number;
  rows: RowCounts;
  /** Failed rows by error type and by field; a row with two faults counts under both. */
  errorSummary: { byType: Record<string, number>; byField: Record<string, number> };
  warningSummary: { byType: Record<string, number> };
  progress: { rowsPerSecond: number | null; etaSeconds: number | null; lastProgressAt: string | null };
  lifecycles: { due: number; started: number };
  undo: ImportUndo | null;
  workflowId: string;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  /** From then on its rows, its errors and its file are gone. */
  rowsExpiredAt: string | null;
}

/** Who did something, for the audit trail. */
export interface Actor {
  /** The token's subject. */
  subject: string;
  ip: string | null;
  userAgent: string | null;
  /** Why, in the caller's own words, where the request itself has no place for it. */
  reason?: string | null;
  /** Of a request that makes something once: its Idempotency-Key, and by what a repeat of it is known. */
  once?: { key: string; fingerprint: string } | null;
}

/** One page of a list; `nextCursor` is opaque and null at the end. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** One try at an import: round 1 for the upload, one more for each retry. */
export interface ImportRound {
  importId: string;
  round: number;
}

/** A round that may write. The epoch is the fence: who holds an older one may not write any more. */
export interface ImportRun extends ImportRound {
  epoch: number;
}

/** Why an import failed or waits. */
export interface ImportReason {
  code: string;
  message: string;
}

/** What a run of chunks came to. `refused` are those of the failed that the database itself refused. */
export interface WriteCounts {
  created: number;
  updated: number;
  skipped: number;
  failed: number;
  warned: number;
  refused: number;
}
