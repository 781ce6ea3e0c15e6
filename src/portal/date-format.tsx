import type { Preview, Settings } from './api.ts';
import { Choice } from './choice.tsx';

interface Props {
  dateFormats: Preview['dateFormats'];
  settings: Settings;
  onChange(settings: Settings): void;
}

/** Dates that nobody can read for sure are a question, never a guess. */
export function DateNotice({ dateFormats, settings }: Omit<Props, 'onChange'>) {
  if (dateFormats.length === 0 || settings.dateFormat) return null;
  return (
    <p class="notice" role="status">
      <strong>The dates of this file need a format.</strong> Choose below how they are written; without one, their rows
      fail.
    </p>
  );
}

export function DateFormat({ dateFormats, settings, onChange }: Props) {
  const chosen = settings.dateFormat ?? '';
  if (dateFormats.length === 0 && !chosen) return null;
  return (
    <Choice label="Dates are written as" value={chosen} onChange={(format) => onChange({ dateFormat: format || null })}>
      <option value="">ISO 8601 or DD-MM-YYYY only</option>
      {dateFormats.map(({ format, example }) => (
        <option key={format} value={format}>{`${format}: ${inWords(example)}`}</option>
      ))}
      {!dateFormats.some(({ format }) => format === chosen) && chosen && <option>{chosen}</option>}
    </Choice>
  );
}

const WORDS = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const WORDS_WITH_TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

/** The month by its name: in figures both readings would look alike again. */
function inWords(example: string): string {
  const [day, time] = example.split(' ');
  const instant = new Date(`${day}T${time ?? '00:00'}Z`);
  return Number.isNaN(instant.getTime()) ? example : (time ? WORDS_WITH_TIME : WORDS).format(instant);
}
