import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor } from '../src/domain/import.ts';
import type { Database } from './connect.ts';
import { rows } from './query.ts';
import { StatementError } from './statement-error.ts';

const UNIQUE_VIOLATION = '23505';

/**
 * Makes something, once for the caller's Idempotency-Key; a repeat gets what was made then. `make` records it by the same
 * actor, in its own transaction. Failure: `IDEMPOTENCY_KEY_REUSED`.
 */
export async function makeOnce<T>(db: Database, actor: Actor, make: () => Promise<Result<T>>): Promise<Result<T>> {
  const earlier = await findMade<T>(db, actor);
  if (earlier) return earlier;
  try {
    const made = await make();
    // The second of two at once finds taken what the first has just made.
    return made.ok ? made : ((await findMade<T>(db, actor)) ?? made);
  } catch (error) {
    const isTaken = error instanceof StatementError && error.code === UNIQUE_VIOLATION;
    const first = isTaken ? await findMade<T>(db, actor) : undefined;
    if (!first) throw error;
    return first;
  }
}

async function findMade<T>(db: Database, { subject, once }: Actor): Promise<Result<T> | undefined> {
  if (!once) return undefined;
  const [found] = await rows<{ made: T; fingerprint: string }>(
    db,
    `select new_value as made, fingerprint from admin_audit_log where changed_by = $1 and idempotency_key = $2`,
    [subject, once.key],
  );
  if (!found || found.fingerprint === once.fingerprint) return found && ok(found.made);
  return fail('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request; take a new one.');
}
