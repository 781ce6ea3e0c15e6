import type Joi from 'joi';
import { isText } from '../domain/new-booking.ts';

/** Characters of JSON: as much as a row may hold in one cell. */
const MAX_LENGTH = 10_000;
/** What goes over JSON by recursion, ours and Postgres's, must not run out of stack: 60,000 levels fit into 120 kB. */
const MAX_DEPTH = 32;

type Fault = 'object.depth' | 'object.characters';

function faultOf(value: unknown, depth = 0): Fault | undefined {
  if (typeof value === 'string') return isText(value) ? undefined : 'object.characters';
  if (value === null || typeof value !== 'object') return undefined;
  if (depth === MAX_DEPTH) return 'object.depth';
  for (const [key, member] of Object.entries(value)) {
    const fault = isText(key) ? faultOf(member, depth + 1) : 'object.characters';
    if (fault) return fault;
  }
  return undefined;
}

/** For members that nobody knows beforehand and that Postgres keeps as JSON. */
export const jsonObject = <T>(schema: Joi.ObjectSchema<T>): Joi.ObjectSchema<T> =>
  schema
    .unknown(true)
    .custom((value: object, helpers) => {
      const fault = faultOf(value);
      if (fault) return helpers.error(fault, { limit: MAX_DEPTH });
      return JSON.stringify(value).length > MAX_LENGTH ? helpers.error('object.long', { limit: MAX_LENGTH }) : value;
    })
    .messages({
      'object.long': '{{#label}} must be at most {{#limit}} characters of JSON',
      'object.depth': '{{#label}} must be at most {{#limit}} levels deep',
      'object.characters': '{{#label}} contains characters that are no text',
    })
    .meta({ jsonSchema: { description: `At most ${MAX_LENGTH} characters of JSON, ${MAX_DEPTH} levels deep.` } });
