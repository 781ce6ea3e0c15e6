import type { Database } from '../db/connect.ts';
import { findLostWalks } from '../db/lifecycle-walks.ts';
import type { LifecycleDoors } from './lifecycle-doors.ts';

// A walk that goes on moves once a second; while Temporal or the database is away it waits 30 s between its tries.
const LOST_AFTER_SECONDS = 60;

/** Starts the workflows of walks that have none: whoever ended the import died before, or one was terminated. */
export async function startLostWalks({
  db,
  lifecycles,
}: {
  db: Database;
  lifecycles: Pick<LifecycleDoors, 'startWalk'>;
}): Promise<{ started: number }> {
  let started = 0;
  for (const walk of await findLostWalks(db, LOST_AFTER_SECONDS)) if (await lifecycles.startWalk(walk)) started += 1;
  return { started };
}
