/** Every expected failure the system can answer with. One table in `src/http/problems.ts` turns each into HTTP. */
export const FAILURE_CODES = [
  // the file
  'EMPTY_FILE',
  'NO_DATA_ROWS',
  'UNSUPPORTED_FILE_TYPE',
  'LEGACY_XLS',
  'ENCRYPTED_FILE',
  'UNREADABLE_FILE',
  'UNCLOSED_QUOTE',
  'FILE_TOO_LARGE',
  'FILE_TOO_COMPLEX',
  'SHEET_NOT_FOUND',
  'MISSING_COLUMNS',
  'AMBIGUOUS_HEADERS',
  // the upload
  'NO_FILE',
  'MALFORMED_UPLOAD',
  'UPLOAD_TIMEOUT',
  'FILE_INFECTED',
  'SCAN_UNAVAILABLE',
  'INVALID_SETTINGS',
  'INVALID_REQUEST',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'DUPLICATE_FILE',
  'IDEMPOTENCY_KEY_REUSED',
  // an import's state
  'IMPORT_NOT_FOUND',
  'IMPORT_ENDED',
  'IMPORT_RUNNING',
  'IMPORT_NOT_PAUSED',
  'NOTHING_TO_RETRY',
  'IMPORT_EXPIRED',
  'IMPORT_WAITING',
  'TOO_MANY_IMPORTS',
  'NOTHING_TO_UNDO',
  'ALREADY_UNDONE',
  'UNDO_EXPIRED',
  // why an import failed or waits
  'ROWS_FAILED',
  'DATABASE_REFUSES_ROWS',
  'DATABASE_UNAVAILABLE',
  'PAUSED_BY_ADMIN',
  'INTERNAL',
  // reference data
  'DEALER_NOT_FOUND',
  'DEALER_EXISTS',
  'ADVISOR_NOT_FOUND',
  'ADVISOR_EXISTS',
  'VARIANT_EXISTS',
  // a booking and its changes
  'BOOKING_NOT_FOUND',
  'INVALID_BOOKING',
  'BOOKING_EXISTS',
  'TRANSITION_NOT_ALLOWED',
  'BOOKING_CLOSED',
  'STATUS_OUTDATED',
  'VERSION_MOVED',
  'ALREADY_ASSIGNED',
  'ADVISOR_REQUIRED',
  'ADVISOR_UNAVAILABLE',
  'NO_ADVISOR_AVAILABLE',
  'DATE_PASSED',
  // who is calling
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'AUTH_UNAVAILABLE',
  'TEMPORAL_UNAVAILABLE',
  'SHUTTING_DOWN',
  // how much is asked for
  'RATE_LIMITED',
  'TOO_MANY_UPLOADS',
  'TOO_MANY_STREAMS',
  'REQUEST_TIMEOUT',
  'HEADERS_TOO_LARGE',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** One fault of the input; `pointer` is an RFC 6901 JSON pointer into it. */
export interface InputFault {
  pointer: string;
  code: string;
  message: string;
}

/** An expected failure as a value. The message is a sentence for a person: what is wrong, where, what to do. */
export interface Failure {
  code: FailureCode;
  message: string;
  errors?: InputFault[];
  /** When it may be worth trying again: the answer's `Retry-After`. */
  retryAfterSeconds?: number;
  /** More members for the answer, such as `importId` or `allowed`. */
  detail?: Record<string, unknown>;
}

export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const fail = (code: FailureCode, message: string, more: Omit<Failure, 'code' | 'message'> = {}) =>
  ({ ok: false, failure: { code, message, ...more } }) as const;

/** Carries an expected failure through code that can only throw (streams, callbacks). */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'FailureError';
    this.failure = failure;
  }
}
