import type { BookingDraft } from '../src/domain/booking.ts';
import type { ImportRun, RowFault, RowWarning } from '../src/domain/import.ts';
import type { Cell } from '../src/domain/record.ts';
import type { Database } from './connect.ts';
import { joinWriters } from './fence.ts';
import { oneRow, rows, run as runSql, withTransaction } from './query.ts';
import type { StagedRecord } from './staging.ts';

/** A row that passed, as `chunk_drafts` reads it. */
export type VerdictDraft = BookingDraft & { warnings?: string[] };

/** A row that failed, as `record_faults` reads it. */
export interface VerdictError {
  id: string;
  row: number;
  raw: { line: number; cells: Cell[]; damaged?: number[] };
  /** All its faults as one text. */
  message: string;
  /** Its first fault's type. */
  type: string;
  faults: RowFault[];
}

export interface ChunkVerdict {
  valid: VerdictDraft[];
  errors: VerdictError[];
  warnings: { row: number; warnings: RowWarning[] }[];
}

/** The raw records of a chunk, or undefined when it has its verdict already. */
export async function findUnjudged(db: Database, run: ImportRun, chunk: number): Promise<StagedRecord[] | undefined> {
  const [found] = await rows<{ raw: StagedRecord[] }>(
    db,
    `select raw from booking_import_chunks
     where import_id = $1 and round = $2 and chunk = $3 and validated_at is null`,
    [run.importId, run.round, chunk],
  );
  return found?.raw;
}

/** Stores a verdict beside its raw records, behind the fence. */
export function storeVerdict(db: Database, run: ImportRun, chunk: number, verdict: ChunkVerdict): Promise<void> {
  return withTransaction(db, async (tx) => {
    await joinWriters(tx, run.importId);
    await oneRow(tx, 'select from fenced_import($1, $2)', [run.importId, run.epoch]);
    await runSql(
      tx,
      `update booking_import_chunks set valid = $4, errors = $5, warnings = $6, validated_at = clock_timestamp()
       where import_id = $1 and round = $2 and chunk = $3 and validated_at is null`,
      [
        run.importId,
        run.round,
        chunk,
        JSON.stringify(verdict.valid),
        JSON.stringify(verdict.errors),
        JSON.stringify(verdict.warnings),
      ],
    );
  });
}

/** How many rows of these chunks passed and failed. */
export const countVerdicts = (db: Database, run: ImportRun, first: number, last: number) =>
  oneRow<{ valid: number; failed: number }>(
    db,
    `select coalesce(sum(jsonb_array_length(valid)), 0)::int as valid,
       coalesce(sum(json_array_length(errors)), 0)::int as failed
     from booking_import_chunks where import_id = $1 and round = $2 and chunk between $3 and $4`,
    [run.importId, run.round, first, last],
  );
