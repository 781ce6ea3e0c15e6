import { idempotencyKey, lastEventId } from '../requests.ts';
import { type JsonSchema, string } from './json-schema.ts';
import { requestSchema } from './request-schema.ts';

interface HeaderDoc {
  description: string;
  schema: JsonSchema;
}

export const REQUEST_HEADERS = {
  'Idempotency-Key': {
    description:
      'Names the request: sent again with the same key, it has no second effect and the same answer, with a booking as it is now.',
    schema: requestSchema(idempotencyKey),
  },
  'If-Match': {
    description: "The booking's `ETag` as it was read, or several; 412 when it has changed since. `*`: any.",
    schema: { type: 'string', examples: ['"3"'] },
  },
  'If-None-Match': { description: 'The `ETag` of what is known already; 304 when it still holds.', schema: string },
  Prefer: {
    description: '`respond-async`: stored, handed over and answered with 202 at once (RFC 7240).',
    schema: { type: 'string', examples: ['respond-async'] },
  },
  'Prefer-Wait': {
    description: '`wait=30`: answered with the finished report when it is done within so many seconds, at most 60.',
    schema: { type: 'string', examples: ['wait=30'] },
  },
  'Last-Event-ID': {
    description: 'The id of the last event that was read; the stream goes on behind it.',
    schema: requestSchema(lastEventId),
  },
} as const satisfies Record<string, HeaderDoc>;
export type RequestHeader = keyof typeof REQUEST_HEADERS;

export const RESPONSE_HEADERS = {
  'X-Request-Id': { description: "Finds the request in the log; the caller's own if it sent one.", schema: string },
  ETag: { description: 'For `If-None-Match`; of a booking its version, for `If-Match`.', schema: string },
  Location: { description: 'Where what was made, or accepted, is read.', schema: string },
  'Preference-Applied': { description: 'The part of `Prefer` that was followed.', schema: string },
  'Retry-After': {
    description: 'Seconds until another try is worth it.',
    schema: { type: 'string', pattern: '^\\d+$' },
  },
  'WWW-Authenticate': { description: 'RFC 6750.', schema: string },
  'Content-Disposition': { description: 'A name for the file.', schema: string },
} as const satisfies Record<string, HeaderDoc>;
export type ResponseHeader = keyof typeof RESPONSE_HEADERS;
