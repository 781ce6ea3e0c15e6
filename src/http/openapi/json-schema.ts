/** JSON Schema 2020-12, which OpenAPI 3.1 speaks. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  enum?: unknown[];
  required?: string[];
  patternProperties?: Record<string, JsonSchema>;
  [more: string]: unknown;
}

export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** All members of a type: one that is missing here doesn't compile. The named ones may be left out of an answer. */
export function object<T>(
  properties: { [K in keyof Required<T>]: JsonSchema },
  optional: (keyof T)[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name as keyof T));
  return { type: 'object', properties, required };
}

export const list = (items: JsonSchema, more: JsonSchema = {}): JsonSchema => ({ type: 'array', items, ...more });

/** One page; `nextCursor` asks for the next one and is null at the end. */
export const page = (items: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { items: list(items, { maxItems: 200 }), nextCursor: nullable(string) },
  required: ['items', 'nextCursor'],
});

export const nullable = (schema: JsonSchema): JsonSchema =>
  typeof schema.type === 'string' && !schema.enum
    ? { ...schema, type: [schema.type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] };

export const oneOf = (words: readonly string[]): JsonSchema => ({ type: 'string', enum: [...words] });

/** Keys from a list of words, none of which must be there. */
export const byWord = (words: readonly string[], value: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(words.map((word) => [word, value])),
});

/** Keys that nobody knows beforehand. */
export const byName = (value: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: value });

export const anything: JsonSchema = { type: 'object', additionalProperties: true };
export const string: JsonSchema = { type: 'string' };
export const flag: JsonSchema = { type: 'boolean' };
export const count: JsonSchema = { type: 'integer', minimum: 0 };
/** 0 to 1; null for none of none. */
export const rate: JsonSchema = { type: ['number', 'null'], minimum: 0, maximum: 1 };
export const id: JsonSchema = { type: 'string', pattern: '^[\\w-]{1,30}$' };
export const instant: JsonSchema = { type: 'string', format: 'date-time' };
