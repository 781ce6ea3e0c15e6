import { RefusedError } from './import-client.ts';

/** Why a command could not do what it was asked, for a person at a terminal. */
export function explainFailure(error: unknown): string {
  if (error instanceof RefusedError) return `refused: ${error.message}`;
  const { message, cause } = error as Error;
  // fetch says only that it failed; its cause says what: connection refused, no such host.
  return cause instanceof Error ? `${message}: ${cause.message || (cause as NodeJS.ErrnoException).code}` : message;
}
