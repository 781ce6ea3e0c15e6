import type { Database } from '../db/connect.ts';
import { newId } from '../db/ids.ts';
import { findSameBookings } from '../db/possible-duplicates.ts';
import { loadReferenceData } from '../db/reference-data.ts';
import { findImportSource, type StagedRecord } from '../db/staging.ts';
import { type ChunkVerdict, countVerdicts, findUnjudged, storeVerdict } from '../db/verdicts.ts';
import type { ImportRun, RowWarning } from '../src/domain/import.ts';
import { compileRules, type Verdict } from '../src/domain/row-rules.ts';
import { beating } from './beat.ts';
import { fencedFailure } from './failure.ts';

export interface ChunkRange extends ImportRun {
  first: number;
  /** inclusive */
  last: number;
}

type Judge = (record: StagedRecord) => Verdict;

/** Applies the rules to chunks, and stores each verdict beside its raw rows. Chunks that have theirs are left alone. */
export function validateChunks(
  { db }: { db: Database },
  range: ChunkRange,
): Promise<{ valid: number; failed: number }> {
  return beating(async (stopIfCancelled) => {
    const judge = await loadJudge(db, range.importId);
    for (let chunk = range.first; chunk <= range.last; chunk += 1) {
      stopIfCancelled();
      const records = await findUnjudged(db, range, chunk);
      if (records) await storeVerdict(db, range, chunk, await toVerdict(db, records, judge));
    }
    return countVerdicts(db, range, range.first, range.last);
  });
}

async function loadJudge(db: Database, importId: string): Promise<Judge> {
  const [source, reference] = await Promise.all([findImportSource(db, importId), loadReferenceData(db)]);
  if (!source?.facts) throw fencedFailure(importId);
  const judge = compileRules({ columns: source.facts.columns, settings: source.settings, ...reference });
  return ([row, line, cells, damaged]) => judge({ row, line, cells, damaged: damaged ?? undefined });
}

async function toVerdict(db: Database, records: StagedRecord[], judge: Judge): Promise<ChunkVerdict> {
  const verdict: ChunkVerdict = { valid: [], errors: [], warnings: [] };
  const anonymous: { index: number; duplicateOf: number | null }[] = [];
  for (const record of records) {
    const judged = judge(record);
    if (!judged.ok) verdict.errors.push(toError(record, judged.faults));
    else {
      verdict.valid.push({ ...judged.draft, id: newId() });
      if (judged.warnings.length > 0) verdict.warnings.push({ row: record[0], warnings: judged.warnings });
      if (judged.draft.external_id === null)
        anonymous.push({ index: verdict.valid.length - 1, duplicateOf: record[4] });
    }
  }
  await warnOfLikelyDuplicates(db, verdict, anonymous);
  return withWarningTypes(verdict);
}

function toError([row, line, cells, damaged]: StagedRecord, faults: Extract<Verdict, { ok: false }>['faults']) {
  return {
    id: newId(),
    row,
    raw: { line, cells, ...(damaged && { damaged }) },
    message: faults.map((fault) => fault.message).join('; '),
    type: faults[0]?.type ?? 'DATABASE',
    faults,
  };
}

/** A row without an external id can't be told from an earlier one, so it is written, and said aloud. */
async function warnOfLikelyDuplicates(
  db: Database,
  verdict: ChunkVerdict,
  anonymous: { index: number; duplicateOf: number | null }[],
): Promise<void> {
  if (anonymous.length === 0) return;
  const drafts = anonymous.map(({ index }) => verdict.valid[index]).filter((draft) => draft !== undefined);
  const existing = await findSameBookings(db, drafts);
  for (const { index, duplicateOf } of anonymous) {
    const draft = verdict.valid[index];
    if (!draft || (duplicateOf === null && !existing.has(draft.row))) continue;
    const what = duplicateOf === null ? 'a booking that exists' : `row ${duplicateOf}`;
    addWarning(verdict, draft.row, {
      type: 'POSSIBLE_DUPLICATE',
      field: null,
      message: `the same customer, dealer and date as ${what}; give rows an external_id to tell them apart`,
    });
  }
}

function addWarning(verdict: ChunkVerdict, row: number, warning: RowWarning): void {
  const known = verdict.warnings.find((entry) => entry.row === row);
  if (known) known.warnings.push(warning);
  else verdict.warnings.push({ row, warnings: [warning] });
}

// The writer counts warnings without reading their texts.
function withWarningTypes(verdict: ChunkVerdict): ChunkVerdict {
  if (verdict.warnings.length === 0) return verdict;
  const types = new Map(verdict.warnings.map(({ row, warnings }) => [row, warnings.map(({ type }) => type)]));
  return { ...verdict, valid: verdict.valid.map((draft) => ({ ...draft, warnings: types.get(draft.row) })) };
}
