import type { ImportView } from '../domain/import.ts';
import { type ImportClient, RefusedError } from './import-client.ts';
import type { ProgressDisplay } from './progress-display.ts';

const POLL_MS = 200;
// The API may be restarted in the midst of an import, which goes on meanwhile.
const PATIENCE_MS = 60_000;

/** Follows an import to its end, or until it pauses and waits for a person. Resolves to how it stands then. */
export async function watchImport(client: ImportClient, id: string, display: ProgressDisplay): Promise<ImportView> {
  let lastAnswer = Date.now();
  for (;;) {
    try {
      const view = await client.get(id);
      lastAnswer = Date.now();
      display.show(view);
      if (hasEnded(view) || view.phase === 'paused') return view;
    } catch (error) {
      const isPassing = !(error instanceof RefusedError) || error.problem.status >= 500 || error.problem.status === 429;
      if (!isPassing || Date.now() - lastAnswer > PATIENCE_MS) throw error;
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

export function hasEnded({ status }: ImportView): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}
