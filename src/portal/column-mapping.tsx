import type { Field } from '../domain/columns.ts';
import type { Preview, Settings } from './api.ts';
import { columnKey, doubledFields, fieldsOf, missingFields, remap } from './columns.ts';
import { FIELD_WORDS, plural, REQUIRED } from './words.ts';

interface Props {
  preview: Preview;
  settings: Settings;
  onChange(settings: Settings): void;
}

const ORDER = Object.keys(FIELD_WORDS) as Field[];
const AS_RECOGNISED = 'as-recognised';
const LEFT_OUT = 'left-out';

/** Which column fills which field: what was recognised, how surely, and the choice to correct it. */
export function ColumnMapping({ preview, settings, onChange }: Props) {
  const fields = fieldsOf(preview, settings);
  const filled = fields.filter((field) => field !== null).length;
  return (
    <section aria-labelledby="mapping-title">
      <div class="section-head">
        <h2 id="mapping-title">Columns</h2>
        <span class="muted">
          {filled} of {plural(fields.length, 'column')} fill a field
        </span>
      </div>
      <Missing preview={preview} settings={settings} />
      <Doubled preview={preview} settings={settings} />
      <div class="mapping">
        {preview.headers.map((header, index) => (
          <Column
            key={`${index} ${header.name}`}
            header={{ ...header, name: header.name || `Column ${index + 1}` }}
            field={fields[index] ?? null}
            choice={settings.mapping?.[columnKey(preview, index)]}
            onChoice={(choice) =>
              onChange({ mapping: remap(settings.mapping ?? {}, columnKey(preview, index), choice) })
            }
          />
        ))}
      </div>
    </section>
  );
}

interface ColumnProps {
  header: Preview['headers'][number];
  field: Field | null;
  choice: Field | null | undefined;
  onChoice(choice: Field | null | undefined): void;
}

function Column({ header, field, choice, onChoice }: ColumnProps) {
  const isChosen = choice !== undefined;
  const isLeftOut = choice === null || (!isChosen && header.ignored === true);
  const choose = (value: string) => {
    if (value === AS_RECOGNISED) return onChoice(undefined);
    onChoice(value === LEFT_OUT ? null : (value as Field));
  };
  return (
    <label class={field ? 'column' : 'column unmapped'}>
      <span class="column-name" title={header.name}>
        {header.name}
      </span>
      <Confidence header={header} field={field} isChosen={isChosen} />
      <select
        value={field ?? (isLeftOut ? LEFT_OUT : AS_RECOGNISED)}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {(isChosen || (field === null && !isLeftOut)) && (
          <option value={AS_RECOGNISED}>{isChosen ? 'As recognised' : 'Keep as extra detail'}</option>
        )}
        {ORDER.map((known) => (
          <option key={known} value={known}>
            {FIELD_WORDS[known] + (REQUIRED.includes(known) ? ' *' : '')}
          </option>
        ))}
        <option value={LEFT_OUT}>Leave out</option>
      </select>
    </label>
  );
}

function Confidence({ header, field, isChosen }: Pick<ColumnProps, 'header' | 'field'> & { isChosen: boolean }) {
  if (isChosen) return <span class="confidence">chosen</span>;
  if (field === null) return <span class="confidence none">not a field</span>;
  const percent = Math.floor(header.confidence * 100);
  if (percent >= 100) return <span class="confidence sure">match</span>;
  return <span class="confidence likely">{percent} % sure</span>;
}

function Missing({ preview, settings }: Omit<Props, 'onChange'>) {
  const missing = missingFields(preview, settings);
  if (missing.length === 0) return null;
  return (
    <div class="notice" role="status">
      <strong>{missing.length === 1 ? 'A required column is missing.' : 'Required columns are missing.'}</strong> Choose
      the column that holds the
      <ul>
        {missing.map((field) => (
          <li key={field}>
            {FIELD_WORDS[field].toLowerCase()}
            <Hint preview={preview} field={field} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Hint({ preview: { missingColumns }, field }: { preview: Preview; field: Field }) {
  const likeliest = missingColumns.find((missing) => missing.field === field)?.likeliest;
  return likeliest ? <span class="muted"> – perhaps “{likeliest}”?</span> : null;
}

function Doubled({ preview, settings }: Omit<Props, 'onChange'>) {
  const doubled = doubledFields(preview, settings);
  if (doubled.length === 0) return null;
  const names = doubled.map((field) => FIELD_WORDS[field].toLowerCase()).join(', ');
  return (
    <div class="notice" role="status">
      <strong>Several columns could be the {names}.</strong> Choose the right one, and leave the others out.
    </div>
  );
}
