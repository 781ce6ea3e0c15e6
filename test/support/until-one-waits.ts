import type { Store } from './store.ts';
import { waitFor } from './wait-for.ts';

/** Resolves as soon as one session of the store waits for another's lock. */
export const untilOneWaits = (store: Store): Promise<void> =>
  waitFor(async () => (await store.rows(WAITING)).length === 1);

const WAITING = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
