import type { Field } from '../domain/columns.ts';
import type { Preview, Settings } from './api.ts';
import { REQUIRED } from './words.ts';

type Mapping = NonNullable<Settings['mapping']>;

/** How `settings.mapping` names a column: by its header where that is unmistakable, else by its position from 1. */
export function columnKey({ headers }: Preview, index: number): string {
  const name = headers[index]?.name ?? '';
  const isPlain = name.trim() !== '' && !name.startsWith('#');
  return isPlain && headers.filter((other) => other.name === name).length === 1 ? name : `#${index + 1}`;
}

/** The field that each column fills, in the file's order. A choice wins over what was only recognised. */
export function fieldsOf(preview: Preview, { mapping = {} }: Settings): (Field | null)[] {
  const chosen = new Set(Object.values(mapping));
  return preview.headers.map(({ field }, index) => {
    const choice = mapping[columnKey(preview, index)];
    if (choice !== undefined) return choice;
    return field !== null && chosen.has(field) ? null : field;
  });
}

/** The mapping with a column's new choice: a field, null to leave it out, undefined for whatever is recognised. */
export function remap(mapping: Mapping, key: string, choice: Field | null | undefined): Mapping {
  const others = Object.entries(mapping).filter(([other, field]) => other !== key && (!field || field !== choice));
  return { ...Object.fromEntries(others), ...(choice !== undefined && { [key]: choice }) };
}

/** The required fields that no column fills yet. */
export function missingFields(preview: Preview, settings: Settings): Field[] {
  const filled = fieldsOf(preview, settings);
  return REQUIRED.filter((field) => !filled.includes(field));
}

/** The fields that several columns claim: the server refuses to choose one silently. */
export function doubledFields(preview: Preview, settings: Settings): Field[] {
  const filled = fieldsOf(preview, settings).filter((field) => field !== null);
  return [...new Set(filled.filter((field, index) => filled.indexOf(field) !== index))];
}
