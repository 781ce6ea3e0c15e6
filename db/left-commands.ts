import type { Database } from './connect.ts';
import { rows } from './query.ts';

export interface LeftCommand {
  bookingId: string;
  commandId: string;
  /** ISO 8601 */
  occurredAt: string;
}

/** Commands that were stored and never applied for so long, the first to happen first. */
export async function findLeftCommands(db: Database, silentSeconds: number): Promise<LeftCommand[]> {
  const found = await rows<Omit<LeftCommand, 'occurredAt'> & { occurredAt: Date }>(
    db,
    `select booking_id as "bookingId", id as "commandId", coalesce(occurred_at, created_at) as "occurredAt"
     from booking_commands
     where result is null and created_at < now() - make_interval(secs => $1)
     order by coalesce(occurred_at, created_at) limit 500`,
    [silentSeconds],
  );
  return found.map(({ occurredAt, ...command }) => ({ ...command, occurredAt: occurredAt.toISOString() }));
}
