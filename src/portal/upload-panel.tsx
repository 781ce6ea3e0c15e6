import { useState } from 'preact/hooks';
import type { Api } from './api.ts';
import { ColumnMapping } from './column-mapping.tsx';
import { doubledFields, missingFields } from './columns.ts';
import type { Draft } from './draft.ts';
import { DropZone } from './drop-zone.tsx';
import { FileFacts } from './file-facts.tsx';
import { PreviewTable } from './preview-table.tsx';
import { type Problem, problemOf } from './problem.ts';
import { ProblemBox } from './problem-box.tsx';
import { importHref } from './route.ts';
import { SettingsForm } from './settings-form.tsx';
import { plural } from './words.ts';

interface Props {
  api: Api;
  draft: Draft;
  onStarted(importId: string): void;
}

/** From a file to an import: choose, look, correct, go. */
export function UploadPanel({ api, draft, onStarted }: Props) {
  const { file, preview, settings, problem } = draft;
  const [sending, setSending] = useState<'check' | 'import' | null>(null);
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const choose = (next: File | null) => {
    setRefusal(null);
    draft.choose(next);
  };
  const send = async (kind: 'check' | 'import', more: { allowSameFile?: boolean } = {}) => {
    if (!file) return;
    setSending(kind);
    setRefusal(null);
    try {
      const given = { ...settings, ...more };
      const started = kind === 'check' ? await api.validate(file, given) : await api.start(file, given);
      if (kind === 'import') draft.choose(null);
      onStarted(started.id);
    } catch (error) {
      setRefusal(problemOf(error));
    }
    setSending(null);
  };

  return (
    <section class="card" aria-labelledby="upload-title">
      <h1 id="upload-title">Import bookings</h1>
      {!file && <DropZone onFile={choose} />}
      {file && <FileFacts file={file} draft={draft} onDiscard={() => choose(null)} />}
      {problem && <ProblemBox problem={problem} />}
      {preview && (
        <>
          <ColumnMapping preview={preview} settings={settings} onChange={draft.change} />
          <SettingsForm preview={preview} settings={settings} onChange={draft.change} />
          <PreviewTable preview={preview} settings={settings} />
          {refusal && (
            <ProblemBox problem={refusal} comesIntoView>
              {refusal.importId && (
                <>
                  <a class="button" href={importHref(refusal.importId)}>
                    Open the earlier import
                  </a>
                  <button type="button" onClick={() => send('import', { allowSameFile: true })}>
                    Import anyway
                  </button>
                </>
              )}
            </ProblemBox>
          )}
          <Actions draft={draft} sending={sending} onSend={send} />
        </>
      )}
    </section>
  );
}

interface ActionsProps {
  draft: Draft;
  sending: 'check' | 'import' | null;
  onSend(kind: 'check' | 'import'): void;
}

function Actions({ draft: { preview, settings, isReading, problem }, sending, onSend }: ActionsProps) {
  if (!preview) return null;
  const open = missingFields(preview, settings).length + doubledFields(preview, settings).length;
  const blocked = open > 0 || preview.totalRows === 0 || isReading || problem !== null || sending !== null;
  return (
    <div class="actions">
      <p class="muted" role="status">
        {preview.totalRows === 0 && 'There are no rows to import.'}
        {preview.totalRows > 0 && open > 0 && 'Settle the columns above to go on.'}
        {preview.totalRows > 0 && open === 0 && `${plural(preview.totalRows, 'row')} ready.`}
      </p>
      <button type="button" disabled={blocked} onClick={() => onSend('check')}>
        {sending === 'check' ? 'Sending…' : 'Check only'}
      </button>
      <button type="button" class="primary" disabled={blocked} onClick={() => onSend('import')}>
        {sending === 'import' ? 'Sending…' : 'Import'}
      </button>
    </div>
  );
}
