import { condition, setCurrentDetails, setHandler, sleep } from '@temporalio/workflow';
import type { ParsedFile } from '../activities/parse-file.ts';
import type { ImportPhase, WriteCounts } from '../src/domain/import.ts';
import { pauseImport, resumeImport } from './import-activities.ts';
import { describeProgress, describeRows } from './import-details.ts';
import type { ImportResult } from './import-ending.ts';
import { judgeFailure, type Trouble } from './import-trouble.ts';
import { type ImportInput, type ImportProgress, pauseSignal, progressQuery, resumeSignal } from './messages.ts';

export interface ImportDesk {
  /** Runs a step until it succeeds: waits out outages, stops for a person, lets final failures through. */
  attempt<T>(phase: ImportPhase, what: string, step: () => Promise<T>): Promise<T>;
  staged(file: ParsedFile): void;
  wrote(counts: WriteCounts): void;
  ended(result: ImportResult): ImportResult;
}

const OUTAGE_WAITS_SECONDS = [5, 10, 20, 40, 60] as const;

/** Keeps what the outside may ask about an import, and what it may tell it: progress, pause, resume. */
export function openImportDesk(input: ImportInput): ImportDesk {
  const startedAt = Date.now();
  let pause: Exclude<Trouble, { kind: 'final' }> | null = null;
  const progress: ImportProgress = {
    phase: 'parsing',
    reason: null,
    totalRows: 0,
    rows: { created: 0, updated: 0, skipped: 0, failed: 0, warned: 0 },
    rowsPerSecond: null,
    etaSeconds: null,
    lastProgressAt: null,
  };

  setHandler(progressQuery, () => progress, { description: 'how far it is' });
  setHandler(
    pauseSignal,
    () => {
      pause = { kind: 'halt', code: 'PAUSED_BY_ADMIN', message: 'paused by an admin; resume to go on' };
    },
    { description: 'starts no further step until it is resumed' },
  );
  setHandler(
    resumeSignal,
    () => {
      pause = null;
    },
    { description: 'goes on after a pause' },
  );

  const tell = (phase: ImportPhase, trouble: Trouble | null) => {
    progress.phase = phase;
    progress.reason = trouble && 'code' in trouble ? { code: trouble.code, message: trouble.message } : null;
    setCurrentDetails(describeProgress(progress));
  };

  async function waitForResume(): Promise<void> {
    if (pause === null) return;
    tell('paused', pause);
    await pauseImport(input, { code: pause.code, message: pause.message });
    await condition(() => pause === null);
    await resumeImport(input);
  }

  async function attempt<T>(phase: ImportPhase, what: string, step: () => Promise<T>): Promise<T> {
    for (let outages = 0; ; outages += 1) {
      await waitForResume();
      tell(phase, null);
      try {
        return await step();
      } catch (error) {
        const trouble = judgeFailure(error);
        if (trouble.kind === 'final') throw error;
        tell(phase, trouble);
        if (trouble.kind === 'halt') pause ??= trouble;
        else await sleep(waitAfter(outages), { summary: `${trouble.code}: ${what}` });
      }
    }
  }

  tell('parsing', null);
  return {
    attempt,
    staged(file) {
      progress.totalRows = file.totalRows;
    },
    wrote(counts) {
      for (const fate of ['created', 'updated', 'skipped', 'failed', 'warned'] as const) {
        progress.rows[fate] += counts[fate];
      }
      Object.assign(progress, paceOf(progress, startedAt));
      tell(progress.phase, null);
    },
    ended(result) {
      progress.phase = 'done';
      setCurrentDetails(`**${result.outcome}**${result.code ? `: ${result.code}` : ''}\n\n${describeRows(progress)}`);
      return result;
    },
  };
}

const waitAfter = (outages: number) =>
  (OUTAGE_WAITS_SECONDS[Math.min(outages, OUTAGE_WAITS_SECONDS.length - 1)] ?? 60) * 1000;

function paceOf({ rows, totalRows }: ImportProgress, startedAt: number) {
  const done = rows.created + rows.updated + rows.skipped + rows.failed;
  const seconds = (Date.now() - startedAt) / 1000;
  const rowsPerSecond = seconds > 0 && done > 0 ? Math.round(done / seconds) : null;
  return {
    rowsPerSecond,
    etaSeconds: rowsPerSecond ? Math.max(0, Math.ceil((totalRows - done) / rowsPerSecond)) : null,
    lastProgressAt: new Date(Date.now()).toISOString(),
  };
}
