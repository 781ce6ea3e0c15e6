import type { Preview, Settings } from './api.ts';
import { fieldsOf } from './columns.ts';
import { count, FIELD_WORDS } from './words.ts';

/** The first rows as the file has them. Text only: whatever a cell holds, it is shown and never interpreted. */
export function PreviewTable({ preview, settings }: { preview: Preview; settings: Settings }) {
  const { headers, rows, totalRows } = preview;
  const fields = fieldsOf(preview, settings);
  const columns = [...Array(Math.max(headers.length, ...rows.map((cells) => cells.length))).keys()];
  return (
    <section aria-labelledby="preview-title">
      <div class="section-head">
        <h2 id="preview-title">Preview</h2>
        <span class="muted">
          {rows.length < totalRows ? `first ${count(rows.length)} of ${count(totalRows)} rows` : 'all rows'}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="scroller" tabIndex={0} aria-label="The file's first rows">
        <table class="preview">
          <thead>
            <tr>
              <th scope="col" class="row-number">
                #
              </th>
              {columns.map((index) => (
                <th key={index} scope="col">
                  {headers[index]?.name || `Column ${index + 1}`}
                  <span class="maps-to">{headers[index] ? fieldWord(fields[index]) : 'beyond the header'}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, row) => (
              <tr key={row}>
                <th scope="row" class="row-number">
                  {row + 1}
                </th>
                {columns.map((index) => (
                  <td key={index} title={cells[index]}>
                    {cells[index]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

const fieldWord = (field: keyof typeof FIELD_WORDS | null | undefined) => (field ? FIELD_WORDS[field] : '–');
