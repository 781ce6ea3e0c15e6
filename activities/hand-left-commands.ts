import { findLeftCommands } from '../db/left-commands.ts';
import type { HandOverDeps } from './apply-command.ts';

// Longer than any client repeats a call (39 s were seen): until then somebody may still be at it.
const LEFT_AFTER_SECONDS = 60;

/** Hands over the commands that nobody applied: Temporal was away, or their sender died. Gives how many. */
export async function handLeftCommands({ db, handCommand }: HandOverDeps): Promise<{ handed: number }> {
  const left = await findLeftCommands(db, LEFT_AFTER_SECONDS);
  for (const command of left) await handCommand(command);
  return { handed: left.length };
}
