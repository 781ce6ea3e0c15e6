import type { AssignmentDesk, Candidate } from '../src/domain/assignment.ts';
import type { Tx } from './connect.ts';
import { rows, run } from './query.ts';

interface Turn {
  dealerId: string;
  lastTurn: string | null;
}

/**
 * What a strategy chooses by for a booking, whose dealer's assignments wait from here on until the transaction ends.
 * The last lock of a transaction: an import's chunk takes it behind its bookings, too.
 */
export async function takeTurn(tx: Tx, bookingId: string): Promise<AssignmentDesk> {
  const [turn] = await rows<Turn>(
    tx,
    `insert into assignment_turns as t (dealer_id) select b.dealer_id from bookings b where b.id = $1 and b.dealer_id is not null
     on conflict (dealer_id) do update set taken_at = clock_timestamp()
     returning t.dealer_id as "dealerId", t.advisor_id as "lastTurn"`,
    [bookingId],
  );
  if (!turn) return { candidates: [], lastTurn: null };
  // A statement of its own: in one with the lock it would count what was assigned before the wait for it.
  const candidates = await rows<Candidate>(
    tx,
    `select c.advisor_id as id, c.is_home as "isHome", (select count(*)::int from active_bookings b where b.advisor_id = c.advisor_id and b.id <> $2) as active
     from serving_advisors(array[$1]) c`,
    [turn.dealerId, bookingId],
  );
  return { candidates, lastTurn: turn.lastTurn };
}

/** The next round robin of the booking's dealer begins behind this advisor. */
export const keepTurn = (tx: Tx, bookingId: string, advisorId: string): Promise<void> =>
  run(
    tx,
    `update assignment_turns t set advisor_id = $2 from bookings b where b.id = $1 and t.dealer_id = b.dealer_id`,
    [bookingId, advisorId],
  );
