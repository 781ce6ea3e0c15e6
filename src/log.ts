import { type Logger, pino } from 'pino';

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

/** One JSON line an event on stdout; `service` tells the processes of one stack apart. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[personal]' },
  });
}
