import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ImportPhase, ImportReason, ImportRound, RowCounts } from '../src/domain/import.ts';

/** Ids and numbers only: whatever stands here is kept in Temporal's history. */
export type ImportInput = ImportRound;

export interface ImportProgress {
  phase: ImportPhase;
  reason: ImportReason | null;
  totalRows: number;
  /** Of this round. */
  rows: Omit<RowCounts, 'notAttempted'>;
  rowsPerSecond: number | null;
  etaSeconds: number | null;
  /** ISO 8601 */
  lastProgressAt: string | null;
}

export const IMPORT_WORKFLOW = 'ImportBookingsWorkflow';

/** Where an import stands. The clock in it is the last task's. */
export const progressQuery = defineQuery<ImportProgress>('progress');
/** Starts no further window; those in flight end. */
export const pauseSignal = defineSignal('pause');
/** Goes on after a pause, whoever or whatever caused it. */
export const resumeSignal = defineSignal('resume');
