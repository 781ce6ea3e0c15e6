import { ApplicationFailure } from '@temporalio/activity';
import { type AppliedCommand, applyCommand as applyStored } from '../db/apply-command.ts';
import type { Database } from '../db/connect.ts';

/** Applies a stored command, once however often it is called. Non-retryable: `COMMAND_NOT_FOUND`. */
export async function applyCommand(
  { db }: { db: Database },
  bookingId: string,
  commandId: string,
): Promise<AppliedCommand> {
  const applied = await applyStored(db, bookingId, commandId);
  if (applied) return applied;
  throw ApplicationFailure.nonRetryable(`the booking has no command ${commandId}`, 'COMMAND_NOT_FOUND');
}
