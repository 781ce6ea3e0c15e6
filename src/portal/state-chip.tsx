import type { ImportView } from '../domain/import.ts';
import { stateOf } from './words.ts';

/** An import's state in one or two words; the dot repeats the colour, never the only sign. */
export function StateChip({ view }: { view: ImportView }) {
  const { word, tone } = stateOf(view);
  return (
    <span class="chips">
      <span class={`chip ${tone}`}>{word}</span>
      {view.dryRun && <span class="chip plain">Check only</span>}
    </span>
  );
}
