import type { Preview } from './api.ts';
import type { Draft } from './draft.ts';
import { Icon } from './icon.tsx';
import { DELIMITER_WORDS, fileSize, plural } from './words.ts';

interface Props {
  file: File;
  draft: Draft;
  onDiscard(): void;
}

/** What the file turned out to be. */
export function FileFacts({ file, draft, onDiscard }: Props) {
  const { preview, isReading } = draft;
  return (
    <div class="file">
      <Icon name="file" />
      <div class="file-text">
        <strong class="file-name">{file.name}</strong>
        <span class="muted" role="status">
          {preview ? factsOf(preview, file) : isReading ? `${fileSize(file.size)} · reading…` : fileSize(file.size)}
        </span>
      </div>
      {preview && preview.sheets.length > 1 && <SheetChooser preview={preview} draft={draft} />}
      <button type="button" class="quiet" onClick={onDiscard}>
        Choose another
      </button>
    </div>
  );
}

function SheetChooser({ preview, draft }: { preview: Preview; draft: Draft }) {
  // Another sheet has other columns: what was chosen for this one's means nothing there.
  const choose = (sheet: string) => draft.change({ sheet, mapping: {}, dateFormat: null });
  return (
    <label class="inline">
      <span class="muted">Sheet</span>
      <select value={preview.sheet ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
        {preview.sheets.map((sheet) => (
          <option key={sheet}>{sheet}</option>
        ))}
      </select>
    </label>
  );
}

function factsOf({ type, encoding, delimiter, totalRows }: Preview, file: File): string {
  const kind = type === 'xlsx' ? 'Excel workbook' : 'CSV';
  const separator = delimiter && `${DELIMITER_WORDS[delimiter] ?? `“${delimiter}”`} separated`;
  const facts = [plural(totalRows, 'row'), kind, encoding?.toUpperCase(), separator, fileSize(file.size)];
  return facts.filter(Boolean).join(' · ');
}
