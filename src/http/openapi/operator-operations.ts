import { codecInput } from '../codec-input.ts';
import { accessListQuery, adminTrailQuery } from '../record-requests.ts';
import { reasonInput } from '../requests.ts';
import { anything, list, object, page, ref, string } from './json-schema.ts';
import { gives, type Operations } from './operation.ts';

export const operatorOperations = {
  'POST /api/admin/reconcile': {
    id: 'reconcile',
    summary: 'Mend now what the schedule would mend in time',
    description: 'Compares Postgres with the workflows: starts, tells and ends what differs.',
    body: reasonInput,
    answers: {
      200: gives('Mended', 'What was mended, by kind.'),
      202: gives('Running', 'It still goes on after a minute.'),
    },
    problems: ['TEMPORAL_UNAVAILABLE'],
  },
  'GET /api/admin/audit': {
    id: 'listAdminTrail',
    summary: 'What admins did, newest first',
    description: 'Who changed or asked for what, when, why and from where, with what it was before and after.',
    query: adminTrailQuery,
    answers: { 200: { description: 'One page of it.', schema: page(ref('AdminAction')) } },
  },
  'GET /api/admin/access-log': {
    id: 'listAccesses',
    summary: 'Who called, newest first',
    description: 'What admins changed or read in bulk, and who was not let in.',
    query: accessListQuery,
    answers: { 200: { description: 'One page of it.', schema: page(ref('Access')) } },
  },
  'POST /api/admin/codec/decode': {
    id: 'openPayloads',
    summary: 'Open encrypted payloads of Temporal',
    description: "What Temporal's command asks with `--codec-endpoint`, to show histories that are encrypted.",
    body: codecInput,
    example: { payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'e30=' }] },
    answers: {
      200: { description: 'The same, plain.', schema: object<{ payloads: unknown }>({ payloads: list(anything) }) },
    },
  },
  'GET /healthz': {
    id: 'isAlive',
    summary: 'Whether the process is alive',
    answers: { 200: gives('Alive', 'It is.') },
  },
  'GET /readyz': {
    id: 'isReady',
    summary: 'Whether the database and Temporal can be reached',
    answers: { 200: gives('Ready', 'They can.') },
    problems: ['SHUTTING_DOWN', 'DATABASE_UNAVAILABLE', 'TEMPORAL_UNAVAILABLE'],
  },
  'GET /metrics': {
    id: 'getMetrics',
    summary: 'Figures for Prometheus',
    answers: { 200: { description: 'In its text format.', media: 'text/plain', schema: string } },
    problems: ['UNAUTHENTICATED', 'INTERNAL', 'DATABASE_UNAVAILABLE'],
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: anything, headers: ['ETag'] } },
    problems: ['RATE_LIMITED'],
  },
  'GET /docs': {
    id: 'getDocs',
    summary: 'The page that shows this document',
    answers: { 200: { description: 'For a browser.', media: 'text/html', schema: string } },
    problems: ['RATE_LIMITED'],
  },
} as const satisfies Operations;
