import type { Preview, Settings } from './api.ts';
import { Choice } from './choice.tsx';
import { CsvReading } from './csv-reading.tsx';
import { DateFormat, DateNotice } from './date-format.tsx';
import { COUNTRIES, TIME_ZONES } from './places.ts';

interface Props {
  preview: Preview;
  settings: Settings;
  onChange(settings: Settings): void;
}

/** The choices that change what an import does. Everything else has a default that is right. */
export function SettingsForm({ preview: { type, dateFormats }, settings, onChange }: Props) {
  return (
    <section aria-labelledby="settings-title">
      <div class="section-head">
        <h2 id="settings-title">Settings</h2>
      </div>
      <DateNotice dateFormats={dateFormats} settings={settings} />
      <div class="settings">
        <DateFormat dateFormats={dateFormats} settings={settings} onChange={onChange} />
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
