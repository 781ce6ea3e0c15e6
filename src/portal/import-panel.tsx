import { useCallback, useEffect, useState } from 'preact/hooks';
import type { ImportView } from '../domain/import.ts';
import type { Api } from './api.ts';
import { Counts } from './counts.tsx';
import type { Draft } from './draft.ts';
import { followImport, hasEnded } from './follow-import.ts';
import { ImportProgress } from './import-progress.tsx';
import { ImportResult } from './import-result.tsx';
import { type Problem, problemOf } from './problem.ts';
import { ProblemBox } from './problem-box.tsx';
import { UPLOAD_HREF } from './route.ts';
import { StateChip } from './state-chip.tsx';
import { fileSize, moment } from './words.ts';

interface Props {
  api: Api;
  id: string;
  draft: Draft;
  /** The import's state is another than before: the history may want to look. */
  onChange(): void;
  onStarted(importId: string): void;
}

/** One import, from its start to its result. */
export function ImportPanel({ api, id, draft, onChange, onStarted }: Props) {
  const { view, lost, refusal, act } = useImport(api, id, onChange);
  return (
    <section class="card" aria-labelledby="import-title">
      <div class="import-head">
        <div class="file-text">
          <h1 id="import-title" class="file-name">
            {view?.fileName ?? 'Import'}
          </h1>
          <p class="muted">
            {view ? `${moment(view.createdAt)} · by ${view.adminId} · ${fileSize(view.fileSize)}` : 'Loading…'}
          </p>
        </div>
        {view && <StateChip view={view} />}
        <a class="button" href={UPLOAD_HREF}>
          {draft.file ? 'Back to the file' : 'Import another file'}
        </a>
      </div>
      {view && (
        <>
          <ImportProgress view={view} lost={lost} onAct={act} />
          <Counts view={view} />
          <Waiting view={view} />
        </>
      )}
      {!view && lost && <ProblemBox problem={lost} />}
      {refusal && <ProblemBox problem={refusal} comesIntoView />}
      {view && hasEnded(view) && (
        <ImportResult api={api} view={view} draft={draft} onRetry={() => act('retry')} onStarted={onStarted} />
      )}
    </section>
  );
}

/** Why it doesn't move. Below what moves, so that nothing jumps. */
function Waiting({ view: { phase, reason, status } }: { view: ImportView }) {
  if (!reason || (status !== 'PROCESSING' && status !== 'PENDING')) return null;
  return (
    <p class="notice" role="status">
      <strong>{phase === 'paused' ? 'Why it waits: ' : ''}</strong>
      {reason.message} <code>{reason.code}</code>
    </p>
  );
}

/** Follows an import and carries out what is done to it. */
function useImport(api: Api, id: string, onChange: () => void) {
  const [view, setView] = useState<ImportView | null>(null);
  const [lost, setLost] = useState<Problem | null>(null);
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const isOver = view !== null && hasEnded(view);
  useEffect(() => {
    const stop = new AbortController();
    if (!isOver) void followImport(api, id, { onView: setView, onConnection: setLost, signal: stop.signal });
    return () => stop.abort();
  }, [api, id, isOver]);
  useEffect(onChange, [view?.status, view?.phase === 'paused']);
  const act = useCallback(
    async (action: Parameters<Api['act']>[1]) => {
      try {
        setRefusal(null);
        setView(await api.act(id, action));
      } catch (error) {
        setRefusal(problemOf(error));
        // It was refused because the state is another than the page believed.
        setView(await api.get(id).catch(() => view));
      }
    },
    [api, id],
  );
  return { view, lost, refusal, act };
}
