import Joi from 'joi';
import { isSupportedCountry } from 'libphonenumber-js/max';
import { IANAZone } from 'luxon';
import { FIELDS } from './columns.ts';
import { normaliseDateFormat } from './date-format.ts';
import { fail, type InputFault, ok, type Result } from './failures.ts';
import { ASSIGNMENT_STRATEGIES, DUPLICATE_POLICIES, IMPORT_MODES, type ImportSettings } from './import.ts';

export const DELIMITERS = [',', ';', '\t', '|'] as const;
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;

// Settings are stored as JSON in Postgres, which takes neither a NUL nor half a surrogate pair.
const text = Joi.string()
  .max(255)
  .pattern(/^[^\0\p{Surrogate}]*$/u, 'text')
  // JSON Schema has no flag that a surrogate could be named with.
  .meta({ jsonSchema: { pattern: '^[^\\x00]*$' } });

const dateFormat = text
  .custom((given: string, helpers) => {
    const format = normaliseDateFormat(given);
    return format.ok ? format.format : helpers.error('dateFormat', { reason: format.reason });
  })
  .meta({
    jsonSchema: { description: 'How dates are written that are not ISO 8601 or DD-MM-YYYY.', examples: ['DD/MM/YYYY'] },
  });
const timeZone = text
  .custom((given: string, helpers) => (IANAZone.isValidZone(given) ? given : helpers.error('timeZone')))
  .meta({ jsonSchema: { description: 'An IANA zone, for dates without one.', examples: ['Europe/Berlin'] } });
const defaultCountry = text
  .uppercase()
  .custom((given: string, helpers) => (isSupportedCountry(given) ? given : helpers.error('defaultCountry')))
  .meta({ jsonSchema: { description: 'ISO 3166, for phones without a country code.', examples: ['IN'] } });

const optional = (schema: Joi.Schema) => schema.allow(null).default(null);

/** The import settings of the contract, with its defaults. Compiled once. */
export const settingsSchema = Joi.object<ImportSettings>({
  mapping: Joi.object()
    .pattern(text, Joi.valid(...FIELDS, null))
    .max(1000)
    .default({}),
  dateFormat: optional(dateFormat),
  timeZone: optional(timeZone),
  defaultCountry: optional(defaultCountry),
  onDuplicate: Joi.valid(...DUPLICATE_POLICIES).default('skip'),
  assignment: Joi.valid(...ASSIGNMENT_STRATEGIES).default('manual'),
  mode: Joi.valid(...IMPORT_MODES).default('partial'),
  sheet: optional(text),
  encoding: optional(text.lowercase().valid(...ENCODINGS)),
  delimiter: optional(Joi.valid(...DELIMITERS)).messages({
    'any.only': '{{#label}} must be a comma, a semicolon, a tab or a pipe',
  }),
  allowSameFile: Joi.boolean().strict().default(false),
  notify: Joi.boolean().strict().default(true),
  historical: Joi.boolean().strict().default(false),
})
  .label('settings')
  .messages({
    dateFormat: '{{#label}} is no date format such as DD/MM/YYYY: {{#reason}}',
    timeZone: '{{#label}} is no IANA time zone such as Europe/Berlin',
    defaultCountry: '{{#label}} is no ISO 3166 country code such as IN or DE',
    'object.unknown': '{{#label}} is no setting',
  });

/** What a client sends, or nothing, as settings with every default. `INVALID_SETTINGS` lists all faults at once. */
export function parseSettings(input: unknown): Result<ImportSettings> {
  const { value, error } = settingsSchema.validate(input ?? {}, { abortEarly: false, errors: { escapeHtml: false } });
  if (!error) return ok(value);
  const errors = error.details.map(toFault);
  return fail('INVALID_SETTINGS', `The settings are not right: ${errors.map(({ message }) => message).join(', ')}.`, {
    errors,
  });
}

const toFault = ({ path, type, message }: Joi.ValidationErrorItem): InputFault => ({
  pointer: path.map((part) => `/${String(part).slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
  code: type,
  message: message.slice(0, 500),
});
