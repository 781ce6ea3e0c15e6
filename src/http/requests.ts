import Joi from 'joi';
import { DateTime } from 'luxon';
import { fail, type InputFault, ok, type Result } from '../domain/failures.ts';
import { IMPORT_STATUSES, type ImportStatus, ROW_OUTCOMES, type RowOutcome } from '../domain/import.ts';
import { DEFAULT_LIFECYCLE, MOST_HOURS } from '../domain/lifecycle-timers.ts';
import { jsonObject } from './json-object.ts';

/** Every request's schema stands here, so that the OpenAPI document can be made from them. */

// Postgres knows no NUL and no lone surrogate; refused here they are a fault of the request and not a surprise.
export const text = (max: number) =>
  Joi.string()
    .trim()
    .min(1)
    .max(max)
    .custom((value: string, helpers) =>
      value.includes('\0') || !value.isWellFormed() ? helpers.error('string.characters') : value,
    )
    .messages({ 'string.characters': '{{#label}} contains characters that are no text' })
    .meta({ jsonSchema: { pattern: '\\S' } });

export const MAX_PAGE = 200;

// A cursor is the last key of a page in base64url. One that we never gave must not reach the database.
export const pageBy = (key: RegExp) => ({
  limit: Joi.number().integer().min(1).max(MAX_PAGE).default(50),
  cursor: Joi.string()
    .max(400)
    .custom((value: string, helpers) => {
      const decoded = Buffer.from(value, 'base64url');
      const genuine = decoded.toString('base64url') === value && key.test(decoded.toString());
      return genuine ? value : helpers.error('string.cursor');
    })
    .messages({ 'string.cursor': '{{#label}} is not a cursor of this list' })
    .meta({ jsonSchema: { description: 'The `nextCursor` of the page before.', pattern: '^[\\w-]+$' } })
    .default(null),
});
export const ID_KEY = /^[\w-]{1,30}$/;
const ROW_KEY = /^\d{1,9}$/;
const CODE_KEY = /^[^\0]{1,255}$/u;
const flag = Joi.boolean();

export interface PageQuery {
  limit: number;
  cursor: string | null;
}

export interface ImportListQuery extends PageQuery {
  status?: ImportStatus;
  adminId?: string;
  dryRun?: boolean;
  from?: string;
  to?: string;
  text?: string;
}
export const instant = Joi.string()
  .custom((value: string, helpers) => {
    const time = DateTime.fromISO(value, { zone: 'utc' });
    return time.isValid && time.year > 0 && time.year < 10_000 ? time.toISO() : helpers.error('string.isoDate');
  })
  .messages({ 'string.isoDate': '{{#label}} must be an ISO 8601 date or time' })
  .meta({
    jsonSchema: {
      description: 'ISO 8601: a date, or a time; UTC where it names no zone.',
      anyOf: [{ format: 'date-time' }, { format: 'date' }],
      examples: ['2027-03-04T10:00:00Z'],
    },
  });
export const importListQuery = Joi.object<ImportListQuery>({
  ...pageBy(ID_KEY),
  status: Joi.string().valid(...IMPORT_STATUSES),
  adminId: text(255),
  dryRun: flag,
  from: instant,
  to: instant,
  text: text(200),
});

export interface RowListQuery extends PageQuery {
  status?: RowOutcome | 'warned';
}
export const rowListQuery = Joi.object<RowListQuery>({
  ...pageBy(ROW_KEY),
  status: Joi.string().valid(...ROW_OUTCOMES, 'warned'),
});

export interface ReferenceQuery extends PageQuery {
  text?: string;
  isActive?: boolean;
}
export const activeListQuery = Joi.object<ReferenceQuery>({ ...pageBy(CODE_KEY), text: text(200), isActive: flag });
export const variantListQuery = Joi.object<ReferenceQuery>({ ...pageBy(CODE_KEY), text: text(200) });

const PLACE_KEY = /^\d{12}$/;
export const notificationListQuery = Joi.object<PageQuery>(pageBy(PLACE_KEY));
/** As a stream's events had it: where a reader was when it lost the stream. */
export const lastEventId = Joi.string().pattern(PLACE_KEY, 'id of a notification').label('Last-Event-ID');

export const code = (max: number) =>
  text(max)
    .pattern(/^\S+( \S+)*$/, 'no leading, trailing or double spaces')
    .meta({ jsonSchema: { pattern: '^\\S+( \\S+)*$' } });
export const timeZone = Joi.string()
  .custom((value: string, helpers) => {
    try {
      return Intl.DateTimeFormat('en', { timeZone: value }) && value;
    } catch {
      return helpers.error('any.invalid');
    }
  })
  .meta({ jsonSchema: { description: 'An IANA time zone.', examples: ['Europe/Berlin'] } });

/** Why, for the admins' trail: a word beside what is sent. */
export interface WithReason {
  reason?: string;
}
const reason = text(255);
export const reasonInput = Joi.object<WithReason>({ reason }).default({});

const hours = Joi.number().strict().min(0).max(MOST_HOURS).allow(null, false);
const dealerSettings = Joi.object({
  timeZone: timeZone.allow(null),
  waitlist: flag.strict().allow(null),
  ...Object.fromEntries(Object.keys(DEFAULT_LIFECYCLE).map((timer) => [timer, hours])),
});

const dealer = {
  dealerName: text(255),
  location: text(255).allow(null),
  isActive: flag.strict(),
  settings: jsonObject(dealerSettings.max(50)),
};
export interface DealerPatch {
  dealerName?: string;
  location?: string | null;
  isActive?: boolean;
  settings?: Record<string, unknown>;
}
export type DealerInput = Required<DealerPatch> & { dealerCode: string };
export const dealerInput = Joi.object<DealerInput & WithReason>({
  reason,
  dealerCode: code(50).required(),
  dealerName: dealer.dealerName.required(),
  location: dealer.location.default(null),
  isActive: dealer.isActive.default(true),
  settings: dealer.settings.default({}),
}).required();
export const dealerPatch = Joi.object<DealerPatch & WithReason>({ reason, ...dealer })
  .min(1)
  .required();

const advisor = {
  email: text(255).email({ tlds: false }),
  name: text(255),
  // The first is the home dealer.
  dealerCodes: Joi.array().items(code(50)).unique().max(500),
  isActive: flag.strict(),
};
export interface AdvisorPatch {
  email?: string;
  name?: string;
  dealerCodes?: string[];
  isActive?: boolean;
}
export type AdvisorInput = Required<AdvisorPatch>;
export const advisorInput = Joi.object<AdvisorInput & WithReason>({
  reason,
  email: advisor.email.required(),
  name: advisor.name.required(),
  dealerCodes: advisor.dealerCodes.default([]),
  isActive: advisor.isActive.default(true),
}).required();
export const advisorPatch = Joi.object<AdvisorPatch & WithReason>({ reason, ...advisor })
  .min(1)
  .required();

export interface VariantInput {
  code: string;
  name: string;
}
export const variantInput = Joi.object<VariantInput & WithReason>({
  reason,
  code: code(100).required(),
  name: text(255).required(),
}).required();

export const idempotencyKey = Joi.string()
  .max(255)
  .pattern(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/, 'printable characters')
  .label('Idempotency-Key');

/** What is in a path: not a fault of form but an address with nothing at it, so only tested. */
export const isImportId = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{1,30}$/.test(value);
export const isPathCode = (value: unknown): value is string => code(50).validate(value).error === undefined;

/** The value as its schema makes it, or INVALID_REQUEST with a pointer for every fault at once. */
export function parseRequest<T>(schema: Joi.Schema<T>, value: unknown): Result<T> {
  const judged = schema.validate(value, { abortEarly: false, errors: { wrap: { label: false } } });
  if (!judged.error) return ok(judged.value as T);
  const errors = judged.error.details.map(faultOf);
  return fail('INVALID_REQUEST', `The request is not right: ${errors.map((e) => e.message).join('; ')}.`, { errors });
}

function faultOf({ path, type, message }: Joi.ValidationErrorItem): InputFault {
  const pointer = path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return {
    pointer,
    code: faultCode(type),
    message: pointer === '' ? message.replace(/^value\b/, 'the body') : message,
  };
}

const FAULT_CODES: [RegExp, string][] = [
  [/^any\.required$/, 'REQUIRED'],
  [/^object\.unknown$/, 'UNKNOWN'],
  [/^any\.only$/, 'NOT_ALLOWED'],
  [/\.base$/, 'TYPE'],
  [/^number\.(min|max|unsafe)$/, 'RANGE'],
  [/\.(min|max|empty|length|long|depth)$/, 'LENGTH'],
  [/^array\.unique$/, 'REPEATED'],
];
const faultCode = (type: string) => FAULT_CODES.find(([pattern]) => pattern.test(type))?.[1] ?? 'FORMAT';
