import { ApplicationFailure } from '@temporalio/activity';
import { FENCED } from '../db/fence.ts';
import { postgresError } from '../db/statement-error.ts';
import { REFUSES_ROWS } from '../db/write-chunk.ts';
import { FailureError } from '../src/domain/failures.ts';

// Connection trouble (08), a server that shuts down or starts (57P), too many connections, no memory, a full disk (53),
// and what the sockets say: all of it goes away without us.
const OUTAGE = /^(08|57P|53)|^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT)$/;
const REFUSED =
  'the database refused every row of a chunk, and no row was written before; mend it, then resume the import';
const OUTAGE_NAMES = /^SequelizeConnection/;

/**
 * What an activity may throw, in the words the workflow decides by: `FENCED` and expected failures (their code) are
 * non-retryable; `DATABASE_UNAVAILABLE` is an outage; anything else is a surprise, retried as it is.
 */
export function toActivityFailure(error: unknown): unknown {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof FailureError) return ApplicationFailure.nonRetryable(error.message, error.failure.code);
  const postgres = postgresError(error);
  if (postgres?.code === FENCED) return ApplicationFailure.nonRetryable(postgres.message, 'FENCED');
  if (postgres?.code === REFUSES_ROWS) return ApplicationFailure.nonRetryable(REFUSED, 'DATABASE_REFUSES_ROWS');
  if (isOutage(error, postgres?.code)) {
    return ApplicationFailure.retryable(
      `the database can't be reached or can't write: ${describe(error)}`,
      'DATABASE_UNAVAILABLE',
    );
  }
  // A driver's error carries the statement with its parameters: rows, that is. Only its message goes on.
  return postgres ? ApplicationFailure.retryable(`${describe(error)} (${postgres.code})`, 'DATABASE_ERROR') : error;
}

function isOutage(error: unknown, code: string | undefined): boolean {
  if (code !== undefined && OUTAGE.test(code)) return true;
  if (!(error instanceof Error)) return false;
  return OUTAGE_NAMES.test(error.name) || /Connection terminated|timeout expired/.test(error.message);
}

const describe = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 300) : String(error).slice(0, 300);

/** The import ended, or another round took over: whoever gets this stops. */
export const fencedFailure = (importId: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(`import ${importId} is closed to this round`, 'FENCED');
