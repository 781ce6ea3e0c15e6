import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type Activities, createActivities } from '../../activities/index.ts';
import { findImport } from '../../db/imports.ts';
import type { ImportRound, ImportRun, ImportSettings, ImportView } from '../../src/domain/import.ts';
import { quietRuntime } from './quiet-runtime.ts';
import { SHUT_DOORS } from './shut-doors.ts';
import { type Store, storeUpload } from './store.ts';

export interface ImportOptions {
  settings?: Partial<ImportSettings>;
  dryRun?: boolean;
  chunkRows?: number;
  dealerCodes?: string[];
}

/** An import by its real activities on a real database, in the workflow's order but without Temporal between them. */
export async function runImport(
  store: Store,
  content: string | Buffer,
  options: ImportOptions = {},
): Promise<ImportView> {
  return runRound(store, { importId: await storeUpload(store.db, content, options), round: 1 });
}

export async function runRound(store: Pick<Store, 'db'>, round: ImportRound): Promise<ImportView> {
  quietRuntime();
  const activities = createActivities({ db: store.db, ...SHUT_DOORS });
  try {
    await runActivities(activities, round);
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || !error.nonRetryable) throw error;
    await perform(activities.failImport, round, { code: error.type ?? '', message: error.message });
  }
  const view = await findImport(store.db, round.importId);
  if (!view) throw new Error('the import is gone');
  return view;
}

/** An import up to where its chunks are judged and none is written. */
export async function stageImport(
  store: Store,
  content: string,
  options: ImportOptions = {},
): Promise<{ run: ImportRun; chunks: number[] }> {
  quietRuntime();
  const activities = createActivities({ db: store.db, ...SHUT_DOORS });
  const round = { importId: await storeUpload(store.db, content, options), round: 1 };
  const { run, chunks } = await perform(activities.parseFile, round);
  await perform(activities.validateChunks, { ...run, first: 0, last: chunks - 1 });
  return { run, chunks: Array.from({ length: chunks }, (_, chunk) => chunk) };
}

async function perform<A extends unknown[], R>(activity: (...args: A) => Promise<R>, ...args: A): Promise<R> {
  return (await new MockActivityEnvironment().run(activity, ...args)) as R;
}

async function runActivities(activities: Activities, round: ImportRound): Promise<void> {
  const { run, chunks, allOrNothing } = await perform(activities.parseFile, round);
  const range = { ...run, first: 0, last: chunks - 1 };
  const { failed } = await perform(activities.validateChunks, range);
  if (!allOrNothing) {
    await perform(activities.writeChunks, range);
    await perform(activities.finishImport, round, null);
    return;
  }
  const write = failed > 0 ? activities.recordFaults : activities.writeAllOrNothing;
  const counts = await perform(write, { ...run, chunks });
  await perform(activities.finishImport, round, counts.failed > 0 ? 'ROWS_FAILED' : null);
}
