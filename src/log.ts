import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

// Names, phones and e-mails of customers never reach a log, whatever object someone passes in.
const PERSONAL = [
  'customer_name',
  'customer_phone',
  'customer_email',
  'customerName',
  'customerPhone',
  'customerEmail',
];
const REDACTED = [
  ...PERSONAL.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
  'req.headers.authorization',
  'req.headers.cookie',
];

/** One JSON line an event, on stdout unless told; `service` tells the processes of one stack apart. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[personal]' },
    serializers: { err: describeError, error: describeError },
  };
  return destination ? pino(options, destination) : pino(options);
}

interface Described {
  type: string;
  message: string;
  code?: unknown;
  stack?: string;
  cause?: unknown;
}

// Not what else hangs on an error: the driver adds the row that was refused and the line of a COPY, Sequelize the
// parameters of the statement.
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause, code } = error as Error & { code?: unknown };
  const described: Described = { type: name, message, code, stack };
  return cause === undefined ? described : { ...described, cause: describeError(cause) };
}
