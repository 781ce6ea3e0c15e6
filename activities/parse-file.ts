import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../db/connect.ts';
import { fetchFile } from '../db/import-files.ts';
import {
  beginRound,
  type FileReport,
  findImportSource,
  getChunkPlan,
  type ImportSource,
  readUnwritten,
  type StagedRecord,
  stageChunks,
} from '../db/staging.ts';
import { FailureError } from '../src/domain/failures.ts';
import { settleColumns } from '../src/domain/header-mapping.ts';
import type { ImportRound, ImportRun } from '../src/domain/import.ts';
import { openFile } from '../src/readers/open-file.ts';
import { beating, type StopIfCancelled } from './beat.ts';
import { chunkRecords } from './chunk-records.ts';
import { fencedFailure } from './failure.ts';
import { findRepeats } from './find-repeats.ts';

export interface ParsedFile {
  run: ImportRun;
  totalRows: number;
  chunks: number;
  /** The first chunk of rows that repeat an external id; equals `chunks` when there is none. */
  firstTail: number;
  allOrNothing: boolean;
}

/**
 * Stages a round's chunks: of round 1 the whole file, of a retry what is not yet written. Nothing is staged unless all
 * of it could be read; a second call finds the first one's work.
 * Non-retryable: the file's failure codes, `IMPORT_EXPIRED`, `FENCED`.
 */
export function parseFile({ db }: { db: Database }, { importId, round }: ImportRound): Promise<ParsedFile> {
  return beating(async (stopIfCancelled) => {
    const source = await beginRound(db, importId, round);
    if (!source) throw fencedFailure(importId);
    const run = { importId, round, epoch: source.epoch };
    if (source.stagedRound === 0) await stageFile(db, run, { source, stopIfCancelled });
    else if (source.stagedRound < round) await stageRest(db, run, { source, stopIfCancelled });
    const staged = await findImportSource(db, importId);
    return {
      run,
      totalRows: staged?.totalRows ?? 0,
      ...(await getChunkPlan(db, importId, round)),
      // A check tells each row's fate, so it goes row by row whatever the mode.
      allOrNothing: source.settings.mode === 'all_or_nothing' && !source.dryRun,
    };
  });
}

interface Staging {
  source: ImportSource;
  stopIfCancelled: StopIfCancelled;
}

async function stageFile(db: Database, run: ImportRun, staging: Staging): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'booking-import-'));
  try {
    const path = join(directory, 'file');
    if (!(await fetchFile(db, run.importId, path))) throw expired();
    await stageOpened(db, run, { ...staging, path });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function stageOpened(
  db: Database,
  run: ImportRun,
  { source, stopIfCancelled, path }: Staging & { path: string },
): Promise<void> {
  const file = await openFile(path, source.settings);
  try {
    const mapping = settleColumns(file.header, source.settings.mapping);
    if (!mapping.ok) throw new FailureError(mapping.failure);
    const facts: FileReport = { ...file.facts, header: file.header, columns: mapping.value.columns };
    const repeats = findRepeats(facts);
    let totalRows = 0;
    async function* records(): AsyncGenerator<StagedRecord[]> {
      for await (const batch of file.records) {
        stopIfCancelled();
        totalRows += batch.length;
        yield batch.map(({ row, line, cells, damaged }) => [row, line, cells, damaged ?? null, repeats.of(row, cells)]);
      }
      if (totalRows === 0) {
        throw new FailureError({ code: 'NO_DATA_ROWS', message: 'the file has a header but no rows under it' });
      }
    }
    await stageChunks(db, run, {
      chunks: chunkRecords(records(), { chunkRows: source.chunkRows, repeatsId: repeats.repeatsId }),
      report: () => ({ totalRows, facts }),
    });
  } finally {
    await file.close();
  }
}

async function stageRest(db: Database, run: ImportRun, { source, stopIfCancelled }: Staging): Promise<void> {
  const { facts, totalRows } = source;
  if (!facts) throw expired();
  async function* records(): AsyncGenerator<StagedRecord[]> {
    for await (const batch of readUnwritten(db, run.importId, source.stagedRound)) {
      stopIfCancelled();
      yield batch;
    }
  }
  const { repeatsId } = findRepeats(facts);
  await stageChunks(db, run, {
    chunks: chunkRecords(records(), { chunkRows: source.chunkRows, repeatsId }),
    report: () => ({ totalRows, facts }),
  });
}

const expired = () =>
  new FailureError({
    code: 'IMPORT_EXPIRED',
    message: 'the file was deleted after its retention time; upload it again',
  });
