import Joi from 'joi';
import type { ImportCaps } from './domain/import.ts';

/** How much of the API's time and space one caller may take. */
export interface Limits {
  /** Of one subject, in each API process. */
  readsPerSecond: number;
  /** Of one subject, over all API processes, as are the following. */
  writesPerMinute: number;
  /** Previews, checks and imports together. */
  uploadsPerMinute: number;
  /** Tokens that don't verify, of one address. */
  failedSignInsPerMinute: number;
  /** Received by one API process at the same time. */
  uploadsAtOnce: number;
  importCaps: ImportCaps;
}

const count = Joi.number().integer().max(1_000_000);
export const limitVariables = {
  // The contract: reads are never limited below 50 a second.
  RATE_READS_PER_SECOND: count.min(50).default(200),
  RATE_WRITES_PER_MINUTE: count.min(1).default(3_000),
  RATE_UPLOADS_PER_MINUTE: count.min(1).default(600),
  RATE_FAILED_SIGN_INS_PER_MINUTE: count.min(1).default(300),
  MAX_UPLOADS_AT_ONCE: count.min(1).default(40),
  MAX_RUNNING_IMPORTS: count.min(1).default(4),
  MAX_WAITING_IMPORTS: count.min(0).default(100),
};

export const limitsFrom = (value: Record<keyof typeof limitVariables, number>): Limits => ({
  readsPerSecond: value.RATE_READS_PER_SECOND,
  writesPerMinute: value.RATE_WRITES_PER_MINUTE,
  uploadsPerMinute: value.RATE_UPLOADS_PER_MINUTE,
  failedSignInsPerMinute: value.RATE_FAILED_SIGN_INS_PER_MINUTE,
  uploadsAtOnce: value.MAX_UPLOADS_AT_ONCE,
  importCaps: { running: value.MAX_RUNNING_IMPORTS, waiting: value.MAX_WAITING_IMPORTS },
});
