import { useEffect, useRef } from 'preact/hooks';

interface Props {
  title: string;
  text: string;
  /** What the button that goes ahead says; the other one says no. */
  yes: string;
  no: string;
  onAnswer(goesAhead: boolean): void;
}

/** Asks before what can't be taken back. The browser's own modal dialog: it keeps the focus and closes on Escape. */
export function ConfirmDialog({ title, text, yes, no, onAnswer }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby="confirm-title"
      onCancel={(event) => {
        event.preventDefault();
        onAnswer(false);
      }}
    >
      <h2 id="confirm-title">{title}</h2>
      <p>{text}</p>
      <div class="buttons">
        <button type="button" onClick={() => onAnswer(false)}>
          {no}
        </button>
        <button type="button" class="danger" onClick={() => onAnswer(true)}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
