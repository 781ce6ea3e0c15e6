import { type Failure, type FailureCode, FailureError } from '../domain/failures.ts';

/** An expected failure of a file, for code that can only throw. */
export const refusal = (code: FailureCode, message: string, more: Omit<Failure, 'code' | 'message'> = {}) =>
  new FailureError({ code, message, ...more });

/** The failure for a file that contradicts its own format; the library's words go to `cause`, not to the user. */
export const unreadable = (message: string, cause?: unknown) =>
  new FailureError({ code: 'UNREADABLE_FILE', message }, { cause });
