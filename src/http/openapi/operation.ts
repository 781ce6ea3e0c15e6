import type Joi from 'joi';
import type { FailureCode } from '../../domain/failures.ts';
import type { RequestHeader, ResponseHeader } from './headers.ts';
import { type JsonSchema, ref, string } from './json-schema.ts';

/** What the document tells of one method of one path, and what isn't common to all. */
export interface Operation {
  /** The name that a client's code gives it. */
  id: string;
  summary: string;
  /** CommonMark. */
  description?: string;
  /** An object's schema: each member is a parameter. */
  query?: Joi.Schema;
  headers?: readonly RequestHeader[];
  /** The very schema that the handler checks the JSON by. */
  body?: Joi.Schema;
  /** Of a body, for the reader and for tests. */
  example?: Record<string, unknown>;
  /** A multipart form with a file and settings instead. */
  form?: true;
  answers: Record<number, AnswerDoc>;
  /** Its own expected failures; their statuses are those of `PROBLEMS`. */
  problems?: readonly FailureCode[];
}

export interface AnswerDoc {
  description: string;
  schema?: JsonSchema;
  /** application/json unless told. */
  media?: string;
  headers?: readonly ResponseHeader[];
}

/** As express writes them: `GET /api/bookings/:id`. */
export type OperationKey = `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /${string}`;
export type Operations = Record<OperationKey, Operation>;

/** An answer of a named schema. */
export const gives = (name: string, description: string, headers: readonly ResponseHeader[] = []): AnswerDoc => ({
  description,
  schema: ref(name),
  headers,
});

/** Server-sent events. OpenAPI 3.1 has no words for a stream, so this is the schema of one event, as in 3.2. */
export const events = (name: string, description: string): AnswerDoc => ({
  description: `Server-sent events. ${description}`,
  media: 'text/event-stream',
  schema: {
    type: 'object',
    properties: {
      id: string,
      event: { const: 'message' },
      data: { type: 'string', contentMediaType: 'application/json', contentSchema: ref(name) },
    },
  },
});
