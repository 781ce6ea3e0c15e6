import type { ImportView } from '../domain/import.ts';
import { hasEnded } from './follow-import.ts';
import { stateOf, type Tone } from './words.ts';

/** The rows dealt with: those that went well in the tone of the state, the failed ones in red. */
export function Bar({ view, label }: { view: ImportView; label: string }) {
  const share = shareOf(view);
  const width = (rows: number) => ({ width: `${(100 * rows) / Math.max(1, view.totalRows)}%` });
  return (
    <div
      class={share === null ? 'bar waiting' : 'bar'}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.floor(share * 100)}
    >
      <div class={toneOf(view)} style={share === null ? {} : width(view.successfulRows)} />
      <div class="bad" style={width(view.failedRows)} />
    </div>
  );
}

/** 0 to 1, null while it isn't known how much there is to do. */
export function shareOf(view: ImportView): number | null {
  if (view.totalRows > 0) return Math.min(1, view.processedRows / view.totalRows);
  return hasEnded(view) ? 0 : null;
}

// Its failed rows have a colour of their own: what went well in a completed import is good.
const toneOf = (view: ImportView): Tone => (view.status === 'COMPLETED' ? 'good' : stateOf(view).tone);
