import { useState } from 'preact/hooks';
import type { ImportView } from '../domain/import.ts';
import type { Api } from './api.ts';
import { Bar, shareOf } from './bar.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { hasEnded } from './follow-import.ts';
import type { Problem } from './problem.ts';
import { count, duration, phaseWord } from './words.ts';

interface Props {
  view: ImportView;
  /** Why the page hears nothing just now; null when it does. */
  lost: Problem | null;
  onAct(action: Parameters<Api['act']>[1]): void;
}

const ENDED_WORDS: Record<string, string> = { COMPLETED: 'Done', FAILED: 'Stopped', CANCELLED: 'Cancelled' };

/** How far an import is, and the means to stop it. */
export function ImportProgress({ view, lost, onAct }: Props) {
  const share = shareOf(view);
  const phase = (hasEnded(view) ? ENDED_WORDS[view.status] : undefined) ?? phaseWord(view);
  return (
    <div class="progress">
      <div class="progress-line">
        <strong>{phase}</strong>
        <span class="muted">{pace(view)}</span>
      </div>
      <Bar view={view} label={phase} />
      <div class="progress-line controls">
        <span>
          {view.totalRows > 0 && `${count(view.processedRows)} of ${count(view.totalRows)} rows`}
          {lost && <span class="lost"> · connection lost, trying again…</span>}
        </span>
        {!hasEnded(view) && <Controls view={view} onAct={onAct} />}
      </div>
      <p class="unseen" role="status">
        {`${phase}${share === null ? '' : `, ${Math.floor(share * 10) * 10} percent`}`}
      </p>
    </div>
  );
}

function Controls({ view, onAct }: Omit<Props, 'lost'>) {
  const [isAsking, setIsAsking] = useState(false);
  const isPaused = view.phase === 'paused';
  const answer = (goesAhead: boolean) => {
    setIsAsking(false);
    if (goesAhead) onAct('cancel');
  };
  return (
    <span class="buttons">
      {view.queuePosition === null && (
        <button type="button" class={isPaused ? 'primary' : ''} onClick={() => onAct(isPaused ? 'resume' : 'pause')}>
          {isPaused ? 'Resume' : 'Pause'}
        </button>
      )}
      <button type="button" class="danger" disabled={view.phase === 'cancelling'} onClick={() => setIsAsking(true)}>
        Cancel
      </button>
      {isAsking && (
        <ConfirmDialog
          title="Cancel this import?"
          text="What is written already stays. Nothing more is written after that; the rest can be retried later."
          yes="Cancel the import"
          no="Go on importing"
          onAnswer={answer}
        />
      )}
    </span>
  );
}

function pace(view: ImportView): string {
  const { rowsPerSecond, etaSeconds } = view.progress;
  const rate = rowsPerSecond === null ? [] : [`${count(rowsPerSecond)} rows/s`];
  if (!hasEnded(view)) {
    const left = etaSeconds === null || view.phase === 'paused' ? [] : [`${duration(etaSeconds)} left`];
    return [...rate, ...left].join(' · ');
  }
  if (!view.startedAt || !view.completedAt) return '';
  return [`took ${duration((Date.parse(view.completedAt) - Date.parse(view.startedAt)) / 1000)}`, ...rate].join(' · ');
}
