import type { ImportView } from '../domain/import.ts';
import { count } from './words.ts';

/** What became of the rows; the same tiles while it runs and when it is done, so that nothing moves. */
export function Counts({ view: { rows, dryRun } }: { view: ImportView }) {
  return (
    <dl class="counts">
      <Tile label={dryRun ? 'To create' : 'Created'} value={rows.created} tone="good" />
      <Tile label={dryRun ? 'To update' : 'Updated'} value={rows.updated} tone="good" />
      <Tile label={dryRun ? 'To skip' : 'Skipped'} value={rows.skipped} tone="quiet" />
      <Tile label={dryRun ? 'With faults' : 'Failed'} value={rows.failed} tone="bad" />
      <Tile label="Warned" value={rows.warned} tone="warn" />
      {rows.notAttempted > 0 && <Tile label="Not attempted" value={rows.notAttempted} tone="quiet" />}
    </dl>
  );
}

function Tile({ label, value, tone }: { label: string; value: number; tone: string }) {
  return (
    <div class={value > 0 ? `tile ${tone}` : 'tile'}>
      <dt>{label}</dt>
      <dd>{count(value)}</dd>
    </div>
  );
}
