import type { FailureCode } from '../../domain/failures.ts';
import { PROBLEMS } from '../problems.ts';
import { accessOf } from '../routes.ts';
import type { ResponseHeader } from './headers.ts';
import { anything, type JsonSchema, list, object, ref, string } from './json-schema.ts';
import type { Operation, OperationKey } from './operation.ts';

/** What every route that wants a token may answer. A failure that all of them get stands here once. */
const OF_CALLERS: readonly FailureCode[] = [
  'INVALID_REQUEST',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'INTERNAL',
  'DATABASE_UNAVAILABLE',
  'AUTH_UNAVAILABLE',
  'RATE_LIMITED',
];

/** What every route may answer, before anybody looks at which one it is. */
const OF_ALL: readonly FailureCode[] = ['REQUEST_TIMEOUT', 'HEADERS_TOO_LARGE'];

/** What every route that reads JSON may answer. */
const OF_BODIES: readonly FailureCode[] = ['BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

/** Headers that a status comes with, whatever the route. */
const HEADERS: Record<number, ResponseHeader[]> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

export interface ProblemResponse {
  status: number;
  codes: FailureCode[];
  headers: ResponseHeader[];
}

/** The failures of an operation by their status: its own, and those of all like it. */
export function problemResponses(key: OperationKey, { problems = [], body }: Operation): ProblemResponse[] {
  const common = accessOf(key) === 'anybody' ? [] : OF_CALLERS;
  // A parameter such as `..` makes another address of it.
  const astray: FailureCode[] = key.includes(':') ? ['NOT_FOUND'] : [];
  const byStatus = new Map<number, FailureCode[]>();
  for (const code of new Set([...problems, ...(body ? OF_BODIES : []), ...astray, ...common, ...OF_ALL])) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus].map(([status, codes]) => ({ status, codes, headers: HEADERS[status] ?? [] }));
}

export const problemText = (codes: readonly FailureCode[]): string =>
  codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join('\n\n');

/** The members of every problem, and that it is one of these. */
export const problemSchema = (codes: readonly FailureCode[]): JsonSchema => ({
  allOf: [ref('Problem'), { properties: { code: { enum: codes } } }],
});

interface ProblemMembers {
  type: unknown;
  title: unknown;
  status: unknown;
  detail: unknown;
  instance: unknown;
  code: unknown;
  errors: unknown;
  allowed: unknown;
  limit: unknown;
  current: unknown;
}

export const problemSchemas = {
  Fault: object<Record<'pointer' | 'code' | 'message', unknown>>({
    pointer: { type: 'string', description: 'An RFC 6901 JSON pointer into the input; empty: all of it.' },
    code: string,
    message: string,
  }),
  Problem: {
    description: 'RFC 9457 problem details, with more members where they help.',
    ...object<ProblemMembers>(
      {
        type: { type: 'string', description: '`urn:booking-import:problem:` and the code.' },
        title: string,
        status: { type: 'integer', minimum: 400, maximum: 599 },
        detail: { type: 'string', description: 'What is wrong, where, and what to do.' },
        instance: string,
        code: { type: 'string', description: 'Stable: what a program decides by.' },
        errors: list(ref('Fault')),
        allowed: list(string, { description: 'What could be done instead.' }),
        limit: { ...anything, description: 'Of 429: how many requests in how many seconds.' },
        current: { ...anything, description: 'The status and the version that a booking has now.' },
      },
      ['errors', 'allowed', 'limit', 'current'],
    ),
    additionalProperties: true,
  },
};
