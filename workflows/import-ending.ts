import { ActivityFailure, ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import { abandonImport, failImport } from './import-activities.ts';
import type { ImportInput } from './messages.ts';

export interface ImportResult {
  /** FENCED: cancelled or taken over by another round, which has told Postgres already. */
  outcome: 'COMPLETED' | 'FAILED' | 'FENCED';
  code: string | null;
}

/**
 * What an error that ended the steps means. Postgres hears of it first, so that nobody waits for an import that no
 * workflow works on: a cancel that came through the Web UI cancels there, too.
 */
export async function toEnding(input: ImportInput, error: unknown): Promise<ImportResult> {
  if (isCancellation(error)) {
    await CancellationScope.nonCancellable(() => abandonImport(input));
    throw error;
  }
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) throw error;
  if (cause.type === 'FENCED') return { outcome: 'FENCED', code: null };
  const code = cause.type ?? 'INTERNAL';
  await CancellationScope.nonCancellable(() => failImport(input, { code, message: cause.message }));
  return { outcome: 'FAILED', code };
}
