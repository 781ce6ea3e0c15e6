import type { Settings } from './api.ts';
import { Choice } from './choice.tsx';
import { DELIMITER_WORDS } from './words.ts';

const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'];

interface Props {
  settings: Settings;
  onChange(settings: Settings): void;
}

/** Overrides of what was recognised, for the rare file that is taken for something else. */
export function CsvReading({ settings, onChange }: Props) {
  return (
    <>
      <Choice
        label="Characters"
        value={settings.encoding ?? ''}
        onChange={(value) => onChange({ encoding: value || null })}
      >
        <option value="">As recognised</option>
        {ENCODINGS.map((encoding) => (
          <option key={encoding} value={encoding}>
            {encoding.toUpperCase()}
          </option>
        ))}
      </Choice>
      <Choice
        label="Values are separated by"
        value={settings.delimiter ?? ''}
        onChange={(value) => onChange({ delimiter: value || null, mapping: {} })}
      >
        <option value="">As recognised</option>
        {Object.entries(DELIMITER_WORDS).map(([delimiter, word]) => (
          <option key={delimiter} value={delimiter}>
            {word}
          </option>
        ))}
      </Choice>
    </>
  );
}
