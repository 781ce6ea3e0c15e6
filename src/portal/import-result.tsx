import { useState } from 'preact/hooks';
import type { ImportView } from '../domain/import.ts';
import type { Api } from './api.ts';
import type { Draft } from './draft.ts';
import { FailedRows } from './failed-rows.tsx';
import { Icon } from './icon.tsx';
import { outcomeOf } from './outcome.ts';
import { type Problem, problemOf } from './problem.ts';
import { ProblemBox } from './problem-box.tsx';
import { saveAs } from './save-as.ts';
import { Summary } from './summary.tsx';
import { ERROR_WORDS, FIELD_WORDS, stateOf, type Tone, WARNING_WORDS } from './words.ts';

interface Props {
  api: Api;
  view: ImportView;
  draft: Draft;
  onRetry(): void;
  onStarted(importId: string): void;
}

const ICONS: Record<Tone, Parameters<typeof Icon>[0]['name']> = {
  good: 'check',
  warn: 'alert',
  bad: 'cross',
  live: 'check',
  quiet: 'cross',
};

/** What came of an import, why rows failed, and what can be done about it. */
export function ImportResult({ api, view, draft, onRetry, onStarted }: Props) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const { tone } = stateOf(view);
  const attempt = async (step: () => Promise<void>) => {
    setProblem(null);
    await step().catch((error) => setProblem(problemOf(error)));
  };
  const download = () => attempt(async () => saveAs(await api.errorReport(view.id), reportName(view)));
  const importNow = () =>
    attempt(async () => {
      if (!draft.file) return;
      const started = await api.start(draft.file, draft.settings);
      draft.choose(null);
      onStarted(started.id);
    });
  return (
    <div class="result">
      <p class={`outcome ${tone}`} role="status">
        <Icon name={ICONS[tone]} />
        <span>
          <strong>{outcomeOf(view)}</strong>
          {view.reason && (
            <span class="reason">
              {view.reason.message} <code>{view.reason.code}</code>
            </span>
          )}
        </span>
      </p>
      <div class="buttons">
        {view.dryRun && draft.file && (
          <button type="button" class="primary" onClick={importNow}>
            Import the file now
          </button>
        )}
        {view.failedRows > 0 && (
          <button type="button" onClick={download}>
            <Icon name="download" /> Download the failed rows
          </button>
        )}
        {canRetry(view) && (
          <button type="button" onClick={onRetry}>
            <Icon name="retry" /> {view.rows.notAttempted > 0 ? 'Retry the rest' : 'Retry the failed rows'}
          </button>
        )}
      </div>
      {problem && <ProblemBox problem={problem} comesIntoView />}
      <div class="summaries">
        <Summary title="Why rows failed" counts={view.errorSummary.byType} words={ERROR_WORDS} tone="bad" />
        <Summary title="In which field" counts={view.errorSummary.byField} words={FIELD_WORDS} tone="bad" />
        <Summary
          title="Imported with a warning"
          counts={view.warningSummary.byType}
          words={WARNING_WORDS}
          tone="warn"
        />
      </div>
      {view.failedRows > 0 && <FailedRows api={api} id={view.id} key={`${view.workflowId} ${view.failedRows}`} />}
    </div>
  );
}

function canRetry({ status, dryRun, undo, failedRows, rows }: ImportView): boolean {
  return !dryRun && !undo && (status === 'FAILED' || failedRows > 0 || rows.notAttempted > 0);
}

const reportName = ({ fileName }: ImportView) => `${fileName.replace(/\.[^.]*$/, '') || 'import'}-errors.csv`;
