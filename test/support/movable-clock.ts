import { closeDatabase, connectDatabase } from '../../db/connect.ts';
import { rows, run } from '../../db/query.ts';
import type { Store } from './store.ts';

export interface MovableStore extends Store {
  /** Sets its clock this far ahead of the machine's. */
  moveClock(aheadMs: number): Promise<void>;
}

// A schema that stands before pg_catalog on the search path hides its functions, in statements, triggers and functions
// alike. Only what was bound before, the columns' defaults, has to be bound again.
const MOVABLE_CLOCK = `
  create schema movable;
  create table movable.clock (ahead interval not null);
  insert into movable.clock values ('0');
  grant usage on schema movable to booking_import_runtime;
  grant select on movable.clock to booking_import_runtime;
  create function movable.clock_timestamp() returns timestamptz language sql volatile
    return pg_catalog.clock_timestamp() + (select ahead from movable.clock);
  create function movable.now() returns timestamptz language sql stable
    return pg_catalog.now() + (select ahead from movable.clock);
  do $$ declare moved record; begin
    perform set_config('search_path', 'movable, pg_catalog, public', true);
    for moved in select table_name, column_name from information_schema.columns
      where table_schema = 'public' and column_default in ('now()', 'pg_catalog.now()')
    loop
      execute format('alter table public.%I alter column %I set default now()', moved.table_name, moved.column_name);
    end loop;
    execute format('alter database %I set search_path = movable, pg_catalog, public', current_database());
  end $$`;

/** Gives a store's database a clock of its own, so that it can go along with a server that skips time. */
export async function withMovableClock(store: Store): Promise<MovableStore> {
  await store.run(MOVABLE_CLOCK);
  // Those that were opened before still have the old path.
  const db = connectDatabase(store.url, { poolSize: 10, applicationName: 'test with a movable clock' });
  const owner = connectDatabase(store.ownerUrl, { poolSize: 5, applicationName: 'test with a movable clock' });
  return {
    ...store,
    db,
    rows: (sql, bind) => rows(owner, sql, bind),
    run: (sql, bind) => run(owner, sql, bind),
    moveClock: (aheadMs) =>
      run(owner, `update movable.clock set ahead = $1 * interval '1 millisecond'`, [Math.round(aheadMs)]),
    close: async () => {
      await Promise.all([closeDatabase(db), closeDatabase(owner)]);
      await store.close();
    },
  };
}
