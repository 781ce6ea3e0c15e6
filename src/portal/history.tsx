import type { ImportView } from '../domain/import.ts';
import type { Api } from './api.ts';
import { hasEnded } from './follow-import.ts';
import { ProblemBox } from './problem-box.tsx';
import { importHref } from './route.ts';
import { StateChip } from './state-chip.tsx';
import { useHistory } from './use-history.ts';
import { count, moment } from './words.ts';

interface Props {
  api: Api;
  /** The import that is open above. */
  openId: string | null;
  /** Counts up whenever something happened that the history should show. */
  changes: number;
}

/** Every import there was, newest first. */
export function History({ api, openId, changes }: Props) {
  const { items, problem, hasMore, isLoaded, more } = useHistory(api, changes);
  return (
    <section class="card" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      {problem && <ProblemBox problem={problem} />}
      {isLoaded && items.length === 0 && <p class="muted empty">No imports yet. The first one will appear here.</p>}
      {items.length > 0 && (
        <table class="history">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Rows
              </th>
              <th scope="col" class="number">
                Written
              </th>
              <th scope="col" class="number">
                Failed
              </th>
              <th scope="col">Started</th>
            </tr>
          </thead>
          <tbody>
            {items.map((view) => (
              <Row key={view.id} view={view} isOpen={view.id === openId} />
            ))}
          </tbody>
        </table>
      )}
      {hasMore && (
        <button type="button" class="more" onClick={more}>
          More
        </button>
      )}
    </section>
  );
}

function Row({ view, isOpen }: { view: ImportView; isOpen: boolean }) {
  const isCounting = !hasEnded(view) && view.totalRows > 0;
  const written = view.dryRun ? 0 : view.rows.created + view.rows.updated;
  return (
    <tr class={isOpen ? 'open' : ''}>
      <td class="history-file">
        <a href={importHref(view.id)} aria-current={isOpen ? 'true' : undefined} onClick={() => scrollTo({ top: 0 })}>
          {view.fileName}
        </a>
      </td>
      <td class="history-state">
        <StateChip view={view} />
      </td>
      <td class="number" data-label={isCounting ? 'done' : 'rows'}>
        {isCounting ? percent(view) : count(view.totalRows)}
      </td>
      <td class="number" data-label="written">
        {count(written)}
      </td>
      <td class={view.rows.failed > 0 ? 'number bad' : 'number'} data-label="failed">
        {count(view.rows.failed)}
      </td>
      <td class="history-when">
        {moment(view.createdAt)}
        <span class="muted"> by {view.adminId}</span>
      </td>
    </tr>
  );
}

const percent = ({ processedRows, totalRows }: ImportView) => `${Math.floor((processedRows / totalRows) * 100)} %`;
