import type { ComponentChildren } from 'preact';

interface ChoiceProps {
  label: string;
  value: string;
  onChange(value: string): void;
  children: ComponentChildren;
}

/** A labelled choice of one. */
export function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {children}
      </select>
    </label>
  );
}
