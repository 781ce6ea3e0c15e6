import type { ImportRound } from '../src/domain/import.ts';
import type { Database } from './connect.ts';
import { rows } from './query.ts';

/**
 * Imports that still wait for a workflow although their rows were committed longer than `seconds` ago: whoever stored
 * them died before the start, or Temporal was away.
 */
export const findLostImports = (db: Database, seconds: number): Promise<ImportRound[]> =>
  rows<ImportRound>(
    db,
    `select id as "importId", round from booking_imports
     where status = 'PENDING' and updated_at < now() - make_interval(secs => $1) order by id limit 500`,
    [seconds],
  );
