import type { Database } from '../db/connect.ts';
import { newId } from '../db/ids.ts';
import { findSameBookings } from '../db/possible-duplicates.ts';
import { loadReferenceData } from '../db/reference-data.ts';
import { findImportSource, type StagedRecord } from '../db/staging.ts';
import {
  type ChunkVerdict,
  countVerdicts,
  findUnjudged,
  storeVerdict,
  toText,
  type VerdictDraft,
  type VerdictText,
} from '../db/verdicts.ts';
import type { ImportRun } from '../src/domain/import.ts';
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
    await eachChunk(range, async (chunk) => {
      stopIfCancelled();
      const text = await judgeChunk(db, { range, chunk, judge });
      if (text) await storeVerdict(db, range, chunk, text);
    });
    return countVerdicts(db, range, range.first, range.last);
  });
}

// Three: one chunk is judged while others are on their way from Postgres or wait there for the disk.
const HANDS = 3;

async function eachChunk({ first, last }: ChunkRange, work: (chunk: number) => Promise<void>): Promise<void> {
  let next = first;
  const hand = async () => {
    while (next <= last) {
      const chunk = next;
      next += 1;
      await work(chunk).catch((error: unknown) => {
        // The other hand takes no further chunk either.
        next = last + 1;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: HANDS }, hand));
  for (const hand of ended) if (hand.status === 'rejected') throw hand.reason;
}

async function loadJudge(db: Database, importId: string): Promise<Judge> {
  const [source, reference] = await Promise.all([findImportSource(db, importId), loadReferenceData(db)]);
  if (!source?.facts) throw fencedFailure(importId);
  const { columns } = source.facts;
  const { settings, dealerCodes } = source;
  const judge = compileRules({ columns, settings, limitedTo: dealerCodes, ...reference });
  return ([row, line, cells, damaged]) => judge({ row, line, cells, damaged: damaged ?? undefined });
}

// A function of its own, that ends before the verdict is stored: while Postgres is waited for, the rows are garbage. Kept
// until then, those of three chunks were copied by each collection.
async function judgeChunk(
  db: Database,
  { range, chunk, judge }: { range: ChunkRange; chunk: number; judge: Judge },
): Promise<VerdictText | undefined> {
  const records = await findUnjudged(db, range, chunk);
  return records && toText(await toVerdict(db, records, judge));
}

async function toVerdict(db: Database, records: StagedRecord[], judge: Judge): Promise<ChunkVerdict> {
  const verdict: ChunkVerdict = { valid: [], errors: [] };
  const anonymous: Anonymous[] = [];
  for (const record of records) {
    const judged = judge(record);
    if (!judged.ok) {
      verdict.errors.push(toError(record, judged.faults));
      continue;
    }
    const { draft, warnings } = judged;
    const passed: VerdictDraft = { id: newId(), draft, warnings };
    verdict.valid.push(passed);
    if (draft.external_id === null) anonymous.push({ passed, duplicateOf: record[4] });
  }
  await warnOfLikelyDuplicates(db, anonymous);
  return verdict;
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

interface Anonymous {
  passed: VerdictDraft;
  duplicateOf: number | null;
}

/** A row without an external id can't be told from an earlier one, so it is written, and said aloud. */
async function warnOfLikelyDuplicates(db: Database, anonymous: Anonymous[]): Promise<void> {
  if (anonymous.length === 0) return;
  const existing = await findSameBookings(
    db,
    anonymous.map(({ passed }) => passed.draft),
  );
  for (const { passed, duplicateOf } of anonymous) {
    if (duplicateOf === null && !existing.has(passed.draft.row)) continue;
    const what = duplicateOf === null ? 'a booking that exists' : `row ${duplicateOf}`;
    const message = `the same customer, dealer and date as ${what}; give rows an external_id to tell them apart`;
    passed.warnings = [...passed.warnings, { type: 'POSSIBLE_DUPLICATE', field: null, message }];
  }
}
