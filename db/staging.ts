import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { MappedColumn } from '../src/domain/columns.ts';
import type { ImportRun, ImportSettings, ImportStatus } from '../src/domain/import.ts';
import type { FileFacts, SourceRecord } from '../src/domain/record.ts';
import type { Database, Tx } from './connect.ts';
import { joinWriters } from './fence.ts';
import { connectionOf, oneRow, rows, withTransaction } from './query.ts';
import { Utf8Builder } from './utf8-builder.ts';

/** A record as a chunk keeps it: [row, line, cells, damaged, the row that had its external_id first]. */
export type StagedRecord = [
  row: number,
  line: number,
  cells: SourceRecord['cells'],
  damaged: number[] | null,
  duplicateOf: number | null,
];

export interface StagedChunk {
  chunk: number;
  tail: boolean;
  records: StagedRecord[];
}

/** What is known of a file once it is staged. */
export interface FileReport extends FileFacts {
  header: string[];
  columns: MappedColumn[];
}

export interface ImportSource {
  status: ImportStatus;
  round: number;
  epoch: number;
  settings: ImportSettings;
  dryRun: boolean;
  chunkRows: number;
  /** The dealers that its rows may be for; null: all. */
  dealerCodes: string[] | null;
  /** The last round whose chunks are staged; 0: none yet. */
  stagedRound: number;
  totalRows: number;
  facts: FileReport | null;
}

export async function findImportSource(db: Database | Tx, importId: string): Promise<ImportSource | undefined> {
  const [found] = await rows<ImportSource>(
    db,
    `select status, round, epoch, import_settings as settings, dry_run as "dryRun", chunk_rows as "chunkRows",
       dealer_codes as "dealerCodes", staged_round as "stagedRound", total_rows as "totalRows", facts
     from booking_imports where id = $1`,
    [importId],
  );
  return found;
}

/** Marks a round as begun. Undefined: the import ended, or another round took over. */
export async function beginRound(db: Database, importId: string, round: number): Promise<ImportSource | undefined> {
  await rows(
    db,
    `update booking_imports set status = 'PROCESSING', started_at = coalesce(started_at, now()), queued_at = null,
       updated_at = now()
     where id = $1 and round = $2 and status = 'PENDING'`,
    [importId, round],
  );
  const source = await findImportSource(db, importId);
  return source?.status === 'PROCESSING' && source.round === round ? source : undefined;
}

/**
 * COPYs a round's chunks in one transaction, and closes it with the import's facts behind the fence. A crash leaves
 * nothing; a try that finds the round staged by its predecessor changes nothing. Rejects with `FENCED` after a cancel.
 */
export function stageChunks(
  db: Database,
  run: ImportRun,
  source: { chunks: AsyncIterable<StagedChunk>; report: () => { totalRows: number; facts: FileReport } },
): Promise<void> {
  return withTransaction(db, async (tx) => {
    const copy = connectionOf(tx).query(
      copyFrom('copy booking_import_chunks (import_id, round, chunk, tail, row_count, raw) from stdin'),
    );
    await pipeline(Readable.from(copyLines(run, source.chunks)), copy);
    await joinWriters(tx, run.importId);
    await oneRow(tx, 'select fenced_import($1, $2)', [run.importId, run.epoch]);
    const { totalRows, facts } = source.report();
    await oneRow(
      tx,
      `update booking_imports set staged_round = $2, total_rows = $3, facts = $4, updated_at = now()
       where id = $1 returning id`,
      [run.importId, run.round, totalRows, JSON.stringify(facts)],
    );
  });
}

async function* copyLines(run: ImportRun, chunks: AsyncIterable<StagedChunk>): AsyncGenerator<Buffer> {
  const line = new Utf8Builder();
  for await (const { chunk, tail, records } of chunks) {
    line.add(`${run.importId}\t${run.round}\t${chunk}\t${tail}\t${records.length}\t`);
    yield line.addArray(records, copyEscaped).add('\n').take();
  }
}

/** COPY's text format: JSON holds no raw tab or newline, so only its backslashes need escaping. */
const copyEscaped = (json: string): string => json.replaceAll('\\', '\\\\');

export interface ChunkPlan {
  chunks: number;
  /** The first chunk of those that repeat external ids; equals `chunks` when there is none. */
  firstTail: number;
}

/** How many chunks a staged round has; they are numbered from 0, the tail last. */
export const getChunkPlan = (db: Database, importId: string, round: number): Promise<ChunkPlan> =>
  oneRow<ChunkPlan>(
    db,
    `select count(*)::int as chunks, (count(*) filter (where not tail))::int as "firstTail"
     from booking_import_chunks where import_id = $1 and round = $2`,
    [importId, round],
  );

/**
 * The records of a staged round that are not yet written: all of a chunk that was never attempted, the failed ones of
 * the others; none that was erased, which has no cells. Only the last staged round counts: it holds whatever the earlier
 * ones left. One chunk in memory at a time.
 */
export async function* readUnwritten(db: Database, importId: string, round: number): AsyncGenerator<StagedRecord[]> {
  const { chunks } = await getChunkPlan(db, importId, round);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const found = await oneRow<{ raw: StagedRecord[]; attempted: boolean; failed: number[] | null }>(
      db,
      `select c.raw, coalesce(l.attempted, false) as attempted,
         (select array_agg(e.row_number) from booking_import_errors e
          where e.import_id = c.import_id and e.resolved_round is null
            and e.row_number in (select (r ->> 0)::int from json_array_elements(c.raw) r)) as failed
       from booking_import_chunks c left join booking_import_ledger l using (import_id, round, chunk)
       where c.import_id = $1 and c.round = $2 and c.chunk = $3`,
      [importId, round, chunk],
    );
    const failed = new Set(found.failed);
    const isLeft = ([row, , cells]: StagedRecord) => cells.length > 0 && (!found.attempted || failed.has(row));
    const left = found.raw.filter(isLeft);
    if (left.length > 0) yield left;
  }
}
