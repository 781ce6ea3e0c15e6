import type { ErrorRequestHandler, Request, Response } from 'express';
import { type Failure, type FailureCode, FailureError } from '../domain/failures.ts';

interface ProblemKind {
  status: number;
  title: string;
}

/** How each expected failure is said in HTTP. Exhaustive by its type: a new code without a row doesn't compile. */
export const PROBLEMS: Record<FailureCode, ProblemKind> = {
  EMPTY_FILE: { status: 422, title: 'The file is empty' },
  NO_DATA_ROWS: { status: 422, title: 'The file has no rows below its header' },
  UNSUPPORTED_FILE_TYPE: { status: 415, title: 'Neither a CSV nor an XLSX file' },
  LEGACY_XLS: { status: 415, title: 'An old Excel file' },
  ENCRYPTED_FILE: { status: 422, title: 'The file is protected by a password' },
  UNREADABLE_FILE: { status: 422, title: 'The file cannot be read' },
  UNCLOSED_QUOTE: { status: 422, title: 'A quote is opened and never closed' },
  FILE_TOO_LARGE: { status: 413, title: 'The file is too large' },
  FILE_TOO_COMPLEX: { status: 422, title: 'The file unpacks to more than can be read safely' },
  SHEET_NOT_FOUND: { status: 422, title: 'The workbook has no such sheet' },
  MISSING_COLUMNS: { status: 422, title: 'Required columns are missing' },
  AMBIGUOUS_HEADERS: { status: 422, title: 'Several columns claim the same field' },
  NO_FILE: { status: 400, title: 'No file was sent' },
  MALFORMED_UPLOAD: { status: 400, title: 'The upload is malformed' },
  UPLOAD_TIMEOUT: { status: 408, title: 'The upload took too long' },
  FILE_INFECTED: { status: 422, title: 'The file is infected' },
  SCAN_UNAVAILABLE: { status: 503, title: 'The virus scanner cannot be reached' },
  INVALID_SETTINGS: { status: 400, title: 'The import settings are not right' },
  INVALID_REQUEST: { status: 400, title: 'The request is not right' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body is not JSON, or not in an encoding that is read' },
  DUPLICATE_FILE: { status: 409, title: 'This file was imported before' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  IMPORT_NOT_FOUND: { status: 404, title: 'No such import' },
  IMPORT_ENDED: { status: 409, title: 'The import has ended' },
  IMPORT_RUNNING: { status: 409, title: 'The import is still running' },
  IMPORT_NOT_PAUSED: { status: 409, title: 'The import is not paused' },
  NOTHING_TO_RETRY: { status: 409, title: 'Nothing is left to retry' },
  IMPORT_EXPIRED: { status: 409, title: 'The rows of this import are no longer kept' },
  IMPORT_WAITING: { status: 409, title: 'The import waits in line' },
  TOO_MANY_IMPORTS: { status: 429, title: 'Too many imports are running and waiting' },
  NOTHING_TO_UNDO: { status: 409, title: 'There is nothing to undo' },
  ALREADY_UNDONE: { status: 409, title: 'The import was undone before' },
  UNDO_EXPIRED: { status: 409, title: 'The time to undo the import is over' },
  ROWS_FAILED: { status: 422, title: 'Rows failed' },
  DATABASE_REFUSES_ROWS: { status: 500, title: 'The database refuses the rows' },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database cannot be reached' },
  PAUSED_BY_ADMIN: { status: 409, title: 'The import is paused' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side' },
  DEALER_NOT_FOUND: { status: 404, title: 'No such dealer' },
  DEALER_EXISTS: { status: 409, title: 'The dealer exists already' },
  ADVISOR_NOT_FOUND: { status: 404, title: 'No such advisor' },
  ADVISOR_EXISTS: { status: 409, title: 'The advisor exists already' },
  VARIANT_EXISTS: { status: 409, title: 'The variant exists already' },
  BOOKING_NOT_FOUND: { status: 404, title: 'No such booking' },
  INVALID_BOOKING: { status: 422, title: 'The booking is not right' },
  BOOKING_EXISTS: { status: 409, title: 'The booking exists already' },
  TRANSITION_NOT_ALLOWED: { status: 409, title: 'The booking cannot go to that status' },
  BOOKING_CLOSED: { status: 409, title: 'The booking is in a status that forbids this' },
  STATUS_OUTDATED: { status: 409, title: 'The booking has moved on since' },
  VERSION_MOVED: { status: 412, title: 'The booking has changed since it was read' },
  ALREADY_ASSIGNED: { status: 409, title: 'Somebody else has just assigned the booking' },
  ADVISOR_REQUIRED: { status: 409, title: 'The booking has no advisor' },
  ADVISOR_UNAVAILABLE: { status: 409, title: 'The advisor cannot take the booking' },
  NO_ADVISOR_AVAILABLE: { status: 409, title: 'Nobody can take the booking' },
  DATE_PASSED: { status: 422, title: 'The date has passed' },
  UNAUTHENTICATED: { status: 401, title: 'Who is calling is not known' },
  FORBIDDEN: { status: 403, title: 'The caller may not do this' },
  NOT_FOUND: { status: 404, title: 'Nothing here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not allowed here' },
  AUTH_UNAVAILABLE: { status: 503, title: 'The issuer of tokens cannot be reached' },
  TEMPORAL_UNAVAILABLE: { status: 503, title: 'Temporal cannot be reached' },
  SHUTTING_DOWN: { status: 503, title: 'This process is shutting down' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  TOO_MANY_UPLOADS: { status: 429, title: 'Too many uploads at once' },
  HEADERS_TOO_LARGE: { status: 431, title: 'Too many headers' },
  TOO_MANY_STREAMS: { status: 429, title: 'Too many streams are open' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long' },
};

const AWAY_SECONDS = 5;

/** Answers with RFC 9457 problem details: the standard members, `code`, `errors`, and the failure's own members. */
export function sendProblem(res: Response, failure: Failure): void {
  if (res.headersSent) {
    // Half an answer is out: only a broken connection tells the client that the rest is missing.
    res.destroy();
    return;
  }
  const { status, title } = PROBLEMS[failure.code];
  res.locals.failure = failure;
  const retryAfter = failure.retryAfterSeconds ?? (status === 503 ? AWAY_SECONDS : undefined);
  if (retryAfter !== undefined) res.set('Retry-After', String(retryAfter));
  res
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(failure, { status, title, instance: res.req.originalUrl.split('?')[0] ?? '/' })));
}

function problemOf(failure: Failure, about: ProblemKind & { instance: string }) {
  return {
    ...failure.detail,
    type: `urn:booking-import:problem:${failure.code}`,
    title: about.title,
    status: about.status,
    detail: failure.message,
    instance: about.instance,
    code: failure.code,
    ...(failure.errors && { errors: failure.errors }),
  };
}

export function notFound(_req: Request, res: Response): void {
  sendProblem(res, { code: 'NOT_FOUND', message: 'There is nothing at this address.' });
}

/** The last resort: what a handler threw. Surprises are logged with their stack and told without it. */
export const handleError: ErrorRequestHandler = (error, req, res, _next) => {
  const failure = expectedFailure(error);
  if (PROBLEMS[failure.code].status >= 500) req.log.error({ err: error }, 'the request failed');
  sendProblem(res, failure);
};

function expectedFailure(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const unread = unreadBody((error ?? {}) as Unread);
  if (unread) return unread;
  if (isDatabaseAway(error))
    return { code: 'DATABASE_UNAVAILABLE', message: 'The database cannot serve this just now; try again in a moment.' };
  return {
    code: 'INTERNAL',
    message: 'The request failed for a reason of ours; its X-Request-Id finds it in the log.',
  };
}

/** Express and its body parser give what the client did wrong a status of 4xx and a message fit to be shown. */
type Unread = Partial<Error> & { status?: unknown; limit?: unknown };

function unreadBody({ status, limit, message }: Unread): Failure | undefined {
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  if (status === 413)
    return { code: 'BODY_TOO_LARGE', message: `The body is larger than the ${limit} bytes that are read.` };
  const code = status === 415 ? 'UNSUPPORTED_MEDIA_TYPE' : 'INVALID_REQUEST';
  return { code, message: `The request cannot be read: ${message}` };
}

// SQLSTATE classes 08 (connection), 40 (taken back for another transaction's sake: a deadlock), 53 (disk full, too many
// connections) and 57P (the server goes away), and the sockets' own words for the same.
const AWAY =
  /^(08...|40...|53...|57P0.|ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/;

// A connection that breaks in the middle of a query has no code, only these words.
const saysAway = ({ code = '', name = '', message = '' }: DriverError): boolean =>
  AWAY.test(code) || name.startsWith('SequelizeConnection') || message.startsWith('Connection terminated');

function isDatabaseAway(error: unknown): boolean {
  for (let e = error as DriverError | undefined, depth = 0; e && depth < 5; e = e.parent ?? e.cause, depth++)
    if (saysAway(e)) return true;
  return false;
}

interface DriverError {
  code?: string;
  name?: string;
  message?: string;
  parent?: DriverError;
  cause?: DriverError;
}
