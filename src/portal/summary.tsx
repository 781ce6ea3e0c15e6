import { count, wordFor } from './words.ts';

interface Props {
  title: string;
  /** Rows by code. */
  counts: Record<string, number>;
  words: Record<string, string>;
  tone: 'bad' | 'warn';
}

/** Rows by reason, the most frequent first, each with its share as a bar. */
export function Summary({ title, counts, words, tone }: Props) {
  const lines = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const most = lines[0]?.[1] ?? 0;
  if (lines.length === 0) return null;
  return (
    <section class="summary">
      <h2>{title}</h2>
      <ul>
        {lines.map(([code, rows]) => (
          <li key={code} title={code}>
            <span>{wordFor(words, code)}</span>
            <span class="number">{count(rows)}</span>
            <span class={`share ${tone}`} aria-hidden="true">
              <span style={{ transform: `scaleX(${rows / most})` }} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
