import type { Database, Tx } from './connect.ts';
import { prepared, rows } from './query.ts';

export interface LeftCommand {
  bookingId: string;
  commandId: string;
  /** ISO 8601 */
  occurredAt: string;
}

/** Commands that were stored and never applied for so long, the first to happen first. */
export async function findLeftCommands(db: Database, silentSeconds: number): Promise<LeftCommand[]> {
  const found = await rows<LeftRow>(
    db,
    `${LEFT} and created_at < now() - make_interval(secs => $1)
     order by coalesce(occurred_at, created_at) limit 500`,
    [silentSeconds],
  );
  return found.map(toLeft);
}

/** What a command brought about in another booking; null: nothing, or it was applied. */
export async function findCausedCommand(tx: Tx, commandId: string): Promise<LeftCommand | null> {
  const [found] = await rows<LeftRow>(tx, CAUSED, [commandId]);
  return found ? toLeft(found) : null;
}

export type LeftRow = Omit<LeftCommand, 'occurredAt'> & { occurredAt: Date };
const LEFT = `
  select booking_id as "bookingId", id as "commandId", coalesce(occurred_at, created_at) as "occurredAt"
  from booking_commands where result is null`;
const CAUSED = prepared('find_caused_command', `${LEFT} and caused_by = $1`);

export const toLeft = ({ occurredAt, ...command }: LeftRow): LeftCommand => ({
  ...command,
  occurredAt: occurredAt.toISOString(),
});
