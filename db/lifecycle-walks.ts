import type { LifecycleWalk, WalkState } from '../src/domain/lifecycle-walk.ts';
import type { Database, Tx } from './connect.ts';
import { oneRow, rows } from './query.ts';

/** How far a walk has come; undefined when nothing is, or was, to be done. */
export async function findWalk(on: Database | Tx, walk: LifecycleWalk): Promise<WalkState | undefined> {
  const [found] = await rows<WalkState>(
    on,
    `select due, done, after_row as "afterRow", finished_at is not null as finished
     from lifecycle_walks where import_id = $1 and round = $2 and kind = $3`,
    keyOf(walk),
  );
  return found;
}

export interface WalkedBooking {
  id: string;
  row: number;
}

// An undone import's bookings need nothing any more, nor those that were closed before their turn came.
const PAGES: Record<LifecycleWalk['kind'], string> = {
  start: `
    select b.id, b.import_row as "row"
    from lifecycle_walks w join booking_imports i on i.id = w.import_id join bookings b on b.import_id = w.import_id
    where w.import_id = $1 and w.round = $2 and w.kind = $3 and i.undone_at is null
      and b.import_row > $4 and b.created_at between w.since and w.until and needs_lifecycle(b)
    order by b.import_row limit $5`,
  end: `
    select r.booking_id as id, r.row_number as "row"
    from lifecycle_walks w join booking_import_rows r on r.import_id = w.import_id
    where w.import_id = $1 and w.round = $2 and w.kind = $3
      and r.row_number > $4 and r.outcome = 'created' and r.booking_id is not null
    order by r.row_number limit $5`,
};

/** The next bookings of a walk, by their rows. */
export const readWalkPage = (db: Database, walk: LifecycleWalk, afterRow: number, limit: number) =>
  rows<WalkedBooking>(db, PAGES[walk.kind], [...keyOf(walk), afterRow, limit]);

/** False: another hand has moved it on from there meanwhile. */
export async function advanceWalk(db: Database, walk: LifecycleWalk, fromRow: number, page: WalkedBooking[]) {
  const moved = await rows(
    db,
    `update lifecycle_walks set after_row = $5, done = done + $6, updated_at = clock_timestamp()
     where import_id = $1 and round = $2 and kind = $3 and after_row = $4 returning done`,
    [...keyOf(walk), fromRow, page.at(-1)?.row ?? fromRow, page.length],
  );
  return moved.length > 0;
}

/** What was closed meanwhile isn't due any more. */
export const finishWalk = (db: Database, walk: LifecycleWalk): Promise<WalkState> =>
  oneRow<WalkState>(
    db,
    `update lifecycle_walks set due = done, finished_at = coalesce(finished_at, clock_timestamp()), updated_at = clock_timestamp()
     where import_id = $1 and round = $2 and kind = $3
     returning due, done, after_row as "afterRow", true as finished`,
    keyOf(walk),
  );

/** Walks that nothing has moved for so long. Most only wait for a database or for Temporal. */
export const findLostWalks = (db: Database, silentSeconds: number): Promise<LifecycleWalk[]> =>
  rows<LifecycleWalk>(
    db,
    `select import_id as "importId", round, kind from lifecycle_walks
     where finished_at is null and updated_at < now() - make_interval(secs => $1) order by updated_at limit 500`,
    [silentSeconds],
  );

/** Takes the next `count` turns of all walks' common rate; gives how many ms off the first of them is. */
export async function takeTurns(db: Database, count: number, perSecond: number): Promise<number> {
  const { waitMs } = await oneRow<{ waitMs: number }>(
    db,
    `update lifecycle_pace set free_at = greatest(free_at, clock_timestamp()) + make_interval(secs => $1::float8 / $2)
     returning greatest(0, extract(epoch from old.free_at - clock_timestamp()) * 1000)::float8 as "waitMs"`,
    [count, perSecond],
  );
  return waitMs;
}

const keyOf = ({ importId, round, kind }: LifecycleWalk) => [importId, round, kind];
