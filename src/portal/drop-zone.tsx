import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** A file by drop, by click or by keyboard: the real input lies invisibly in its label. */
export function DropZone({ onFile }: { onFile(file: File): void }) {
  const [isOver, setIsOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file) onFile(file);
  };
  return (
    <label
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <input
        type="file"
        class="unseen"
        accept=".csv,.tsv,.txt,.xlsx"
        onChange={(event) => take(event.currentTarget.files)}
      />
      <Icon name="upload" />
      <span class="drop-title">
        Drop a file here, or <span class="as-link">choose one</span>
      </span>
      <span class="muted">CSV or Excel (.xlsx). You see what is in it before anything is imported.</span>
    </label>
  );
}
