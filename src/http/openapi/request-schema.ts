import type Joi from 'joi';
import type { JsonSchema } from './json-schema.ts';

interface Described extends Joi.Description {
  metas?: { jsonSchema?: JsonSchema }[];
  rules?: { name: string }[];
  dependencies?: unknown[];
  whens?: unknown[];
  keys?: Record<string, Described>;
  items?: Described[];
}

/**
 * The JSON Schema of what a request must be, by the very schema that checks it: joi's own conversion, and what stands
 * as `meta({ jsonSchema })` beside the rules that joi can't tell of. Throws for such a rule without one.
 */
export function requestSchema(schema: Joi.Schema): JsonSchema {
  const converted = schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' }) as JsonSchema;
  return completed(converted, schema.describe() as Described, '');
}

function completed(converted: JsonSchema, described: Described, at: string): JsonSchema {
  const told = (described.metas ?? []).flatMap(({ jsonSchema }) => jsonSchema ?? []);
  if (told.length === 0 && isBeyondJoi(described))
    throw new Error(`the schema of ${at || 'a request'} has a rule of its own: say it as meta({ jsonSchema })`);
  const schema = mended(Object.assign({}, converted, ...told));
  if (schema.patternProperties) schema.patternProperties = mapValues(schema.patternProperties, mended);
  for (const [key, child] of Object.entries(described.keys ?? {})) {
    const property = schema.properties?.[key];
    if (schema.properties && property) schema.properties[key] = completed(property, child, `${at}/${key}`);
  }
  const [item, ...others] = described.items ?? [];
  if (schema.items && item && others.length === 0) schema.items = completed(schema.items, item, `${at}/0`);
  return schema;
}

const mapValues = <T>(map: Record<string, T>, change: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

const isBeyondJoi = ({ rules = [], dependencies, whens }: Described): boolean =>
  rules.some(({ name }) => name === 'custom') || dependencies !== undefined || whens !== undefined;

/** joi leaves null out of the words that are allowed, and keeps it as the default of what can't be null in a query. */
function mended(schema: JsonSchema): JsonSchema {
  const takesNull = [schema.type].flat().includes('null');
  if (takesNull && schema.enum && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  if (!takesNull && schema.default === null) delete schema.default;
  return schema;
}
