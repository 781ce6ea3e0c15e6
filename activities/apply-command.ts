import { ApplicationFailure, log } from '@temporalio/activity';
import { type AppliedCommand, applyCommand as applyStored } from '../db/apply-command.ts';
import type { Database } from '../db/connect.ts';
import type { LeftCommand } from '../db/left-commands.ts';

export interface HandOverDeps {
  db: Database;
  /** Hands a command to its booking's workflow, starting one where none runs; harmless when it was applied. */
  handCommand(command: LeftCommand): Promise<void>;
}

/**
 * Applies a stored command, once however often it is called, and hands over what it brought about in another booking.
 * Non-retryable: `COMMAND_NOT_FOUND`.
 */
export async function applyCommand(
  { db, handCommand }: HandOverDeps,
  bookingId: string,
  commandId: string,
): Promise<Omit<AppliedCommand, 'caused'>> {
  const applied = await applyStored(db, bookingId, commandId);
  if (!applied) throw ApplicationFailure.nonRetryable(`the booking has no command ${commandId}`, 'COMMAND_NOT_FOUND');
  const { caused, ...answer } = applied;
  // The answer is true whether or not that arrives: the reconcile hands over what is left.
  if (caused) await handCommand(caused).catch((error: unknown) => tellOperator(caused, error));
  return answer;
}

const tellOperator = (caused: LeftCommand, error: unknown): void =>
  log.warn('a place was offered and not handed over; the reconcile takes it up', { ...caused, error: String(error) });
