import { useEffect, useState } from 'preact/hooks';
import type { Api, FailedRow } from './api.ts';
import { type Problem, problemOf } from './problem.ts';
import { ProblemBox } from './problem-box.tsx';
import { count } from './words.ts';

/** The failed rows one by one, with everything that is wrong with each. */
export function FailedRows({ api, id }: { api: Api; id: string }) {
  const [rows, setRows] = useState<FailedRow[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = async (from: string | null) => {
    try {
      const page = await api.failedRows(id, from);
      setRows((shown) => (from === null ? page.items : [...shown, ...page.items]));
      setCursor(page.nextCursor);
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  useEffect(() => void load(null), []);
  return (
    <section class="failed-rows" aria-labelledby="failed-title">
      <h2 id="failed-title">Failed rows</h2>
      {problem && <ProblemBox problem={problem} />}
      <ol>
        {rows.map(({ row, errors }) => (
          <li key={row}>
            <span class="row-number">Row {count(row)}</span>
            <span>{errors.map(({ message }) => message).join('; ')}</span>
          </li>
        ))}
      </ol>
      {cursor && (
        <button type="button" onClick={() => load(cursor)}>
          More failed rows
        </button>
      )}
    </section>
  );
}
