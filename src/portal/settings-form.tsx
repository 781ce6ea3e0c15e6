import type { ComponentChildren } from 'preact';
import type { Preview, Settings } from './api.ts';
import { COUNTRIES, TIME_ZONES } from './places.ts';
import { DELIMITER_WORDS } from './words.ts';

const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'];

interface Props {
  preview: Preview;
  settings: Settings;
  onChange(settings: Settings): void;
}

/** The choices that change what an import does. Everything else has a default that is right. */
export function SettingsForm({ preview: { type, dateFormats = [] }, settings, onChange }: Props) {
  return (
    <section aria-labelledby="settings-title">
      <div class="section-head">
        <h2 id="settings-title">Settings</h2>
      </div>
      <div class="settings">
        {dateFormats.length > 0 && (
          <Choice
            label="Dates are written as"
            value={settings.dateFormat ?? ''}
            onChange={(value) => onChange({ dateFormat: value || null })}
          >
            <option value="">ISO 8601 or DD-MM-YYYY only</option>
            {dateFormats.map(({ format, example }) => (
              <option key={format} value={format}>{`${format} (${example})`}</option>
            ))}
          </Choice>
        )}
        <Choice
          label="Bookings that exist already"
          value={settings.onDuplicate ?? 'skip'}
          onChange={(value) => onChange({ onDuplicate: value as Settings['onDuplicate'] })}
        >
          <option value="skip">Skip the row</option>
          <option value="update">Update the booking</option>
          <option value="error">Report an error</option>
        </Choice>
        <Choice
          label="When rows have faults"
          value={settings.mode ?? 'partial'}
          onChange={(value) => onChange({ mode: value as Settings['mode'] })}
        >
          <option value="partial">Import the good rows</option>
          <option value="all_or_nothing">Import nothing</option>
        </Choice>
        <Choice
          label="Time zone of the dates"
          value={settings.timeZone ?? ''}
          onChange={(value) => onChange({ timeZone: value || null })}
        >
          <option value="">The dealer's, else UTC</option>
          {TIME_ZONES.map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </Choice>
        <Choice
          label="Phones without country code"
          value={settings.defaultCountry ?? ''}
          onChange={(value) => onChange({ defaultCountry: value || null })}
        >
          <option value="">Report an error</option>
          {COUNTRIES.map(({ code, name }) => (
            <option key={code} value={code}>{`Take as ${name}`}</option>
          ))}
        </Choice>
        {type === 'csv' && <CsvReading settings={settings} onChange={onChange} />}
        <label class="check">
          <input
            type="checkbox"
            checked={settings.historical ?? false}
            onChange={(event) => onChange({ historical: event.currentTarget.checked })}
          />
          <span>
            Past bookings <span class="muted">keep their status, no reminders start</span>
          </span>
        </label>
      </div>
    </section>
  );
}

/** Overrides of what was recognised, for the rare file that is taken for something else. */
function CsvReading({ settings, onChange }: Pick<Props, 'settings' | 'onChange'>) {
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

interface ChoiceProps {
  label: string;
  value: string;
  onChange(value: string): void;
  children: ComponentChildren;
}

function Choice({ label, value, onChange, children }: ChoiceProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {children}
      </select>
    </label>
  );
}
