import type { ImportRound } from '../src/domain/import.ts';
import type { Database } from './connect.ts';
import { rows } from './query.ts';

export interface LostAfter {
  /** Since the rows were committed: whoever stored them died before the start, or Temporal was away. */
  pendingSeconds: number;
  /** Since anything was last written: the workflow may have been terminated, or Temporal's store was lost. */
  silentSeconds: number;
}

/** Imports that nobody may be working on. Most of the silent ones are only waiting: starting them again is harmless. */
export const findLostImports = (db: Database, { pendingSeconds, silentSeconds }: LostAfter): Promise<ImportRound[]> =>
  rows<ImportRound>(
    db,
    `select i.id as "importId", i.round from booking_imports i
     where (i.status = 'PENDING' and i.queued_at is null and i.updated_at < now() - make_interval(secs => $1))
       or (i.status = 'PROCESSING' and i.updated_at < now() - make_interval(secs => $2) and not exists (
         select from booking_import_ledger l
         where l.import_id = i.id and l.written_at > now() - make_interval(secs => $2)))
     order by i.id limit 500`,
    [pendingSeconds, silentSeconds],
  );
