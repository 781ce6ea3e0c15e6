import type { BookingDraft } from '../src/domain/booking.ts';
import type { ImportRun, RowFault, RowWarning } from '../src/domain/import.ts';
import type { Cell } from '../src/domain/record.ts';
import type { Database } from './connect.ts';
import { oneRow, prepared, rows, run as runStatement } from './query.ts';
import type { StagedRecord } from './staging.ts';
import { Utf8Builder } from './utf8-builder.ts';

/** A row that passed. */
export interface VerdictDraft {
  /** The booking's. */
  id: string;
  draft: BookingDraft;
  warnings: RowWarning[];
}

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
}

/** The raw records of a chunk, or undefined when it has its verdict already. */
export async function findUnjudged(db: Database, run: ImportRun, chunk: number): Promise<StagedRecord[] | undefined> {
  const [found] = await rows<{ raw: StagedRecord[] }>(db, UNJUDGED, [run.importId, run.round, chunk]);
  return found?.raw;
}

const UNJUDGED = prepared(
  'find_unjudged',
  `select raw from booking_import_chunks
   where import_id = $1 and round = $2 and chunk = $3 and validated_at is null`,
);

/** A verdict as it travels: text and bytes alone, so that its rows can be forgotten while Postgres stores it. */
export type VerdictText = (string | Buffer)[];

export function toText({ valid, errors }: ChunkVerdict): VerdictText {
  const { told, warned, types } = digestWarnings(valid);
  // Lists of numbers, ids and words need no escapes: written as the array's own text they cost a fifth of what the
  // driver takes to quote each of their elements.
  return [
    toJsonb(valid.map(({ draft }) => factsOf(draft))),
    `{${valid.map(({ draft }) => draft.row).join()}}`,
    `{${valid.map(({ id }) => id).join()}}`,
    `{${types.map((each) => (each === null ? 'null' : `"${each}"`)).join()}}`,
    JSON.stringify(errors),
    JSON.stringify({ told, rows: warned }),
  ];
}

/** Stores a verdict beside its raw records, behind the fence; a second one changes nothing. */
export const storeVerdict = (db: Database, run: ImportRun, chunk: number, text: VerdictText): Promise<void> =>
  runStatement(db, STORE, [run.importId, run.round, chunk, run.epoch, ...text]);

const STORE = prepared('store_verdict', 'select store_verdict($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)');

const JSONB_VERSION = '\u0001';

// One for all, since it is filled and emptied in one go: a chunk has a million characters at most.
const builder = new Utf8Builder();

/** In jsonb's binary form: its version, then the text. */
const toJsonb = (values: object[]): Buffer => builder.add(JSONB_VERSION).addArray(values).take();

/**
 * A booking as the audit trail tells it: what it hasn't is left out (undefined is no JSON), half of a typical one. Its keys
 * are in jsonb's own order, the shorter first: Postgres sorts those of every object, and these need no swap.
 */
const factsOf = (draft: BookingDraft) => ({
  status: draft.status,
  metadata: draft.metadata ?? undefined,
  dealer_id: draft.dealer_id,
  advisor_id: draft.advisor_id ?? undefined,
  external_id: draft.external_id ?? undefined,
  booking_date: draft.booking_date,
  customer_name: draft.customer_name,
  car_variant_id: draft.car_variant_id ?? undefined,
  customer_email: draft.customer_email ?? undefined,
  customer_phone: draft.customer_phone ?? undefined,
});

/** Warnings as a chunk keeps them: each text once, since most rows of a file that warn say the same. */
function digestWarnings(drafts: VerdictDraft[]) {
  const told: RowWarning[] = [];
  const warned: number[][] = [];
  const indexOf = new Map<string, number>();
  const index = (warning: RowWarning) => {
    const known = indexOf.get(warning.message);
    if (known !== undefined) return known;
    indexOf.set(warning.message, told.length);
    return told.push(warning) - 1;
  };
  const types = drafts.map(({ draft, warnings }) => {
    if (warnings.length === 0) return null;
    warned.push([draft.row, ...warnings.map(index)]);
    return warnings.map(({ type }) => type).join(',');
  });
  return { told, warned, types };
}

/** How many rows of these chunks passed and failed. */
export const countVerdicts = (db: Database, run: ImportRun, first: number, last: number) =>
  oneRow<{ valid: number; failed: number }>(
    db,
    `select coalesce(sum(cardinality(valid_rows)), 0)::int as valid,
       coalesce(sum(json_array_length(errors)), 0)::int as failed
     from booking_import_chunks where import_id = $1 and round = $2 and chunk between $3 and $4`,
    [run.importId, run.round, first, last],
  );
