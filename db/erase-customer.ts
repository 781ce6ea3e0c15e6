import type { CustomerKey } from '../src/domain/customer.ts';
import { FailureError, fail, ok, type Result } from '../src/domain/failures.ts';
import type { Database, Tx } from './connect.ts';
import { type CustomerPlace, type ErasedIds, erasePlaces } from './customer-places.ts';
import { type CustomerRequest, findErasure, newPseudonym, type RepeatKey } from './customer-requests.ts';
import { isRunning, lockImport } from './end-import.ts';
import { type FoundCustomer, findCustomer, lockCustomer } from './find-customer.ts';
import { oneRow, rows, run, withTransaction } from './query.ts';

export interface EraseRequest extends CustomerRequest {
  key: CustomerKey;
  /** Only counts: all is done, and taken back. */
  dryRun: boolean;
  repeat: RepeatKey | null;
}

export interface Erasure {
  /** By which the trail calls the customer; null when nothing was kept. */
  pseudonym: string | null;
  /** What changed in each place. */
  counts: Record<string, number>;
  /** Names, phones and e-mails that the customer's bookings had: rows with one of these alone need a request of their own. */
  known: string[];
  /** Bookings that changed. */
  bookingIds: string[];
}

/**
 * Takes a customer out of every table in one transaction, and puts a pseudonym into the trail. Whoever changes one of
 * the bookings at that moment is waited for; running imports are not, since they may take hours.
 * Failures: `IMPORT_RUNNING` (detail.importIds), `IDEMPOTENCY_KEY_REUSED`.
 */
export async function eraseCustomer(db: Database, request: EraseRequest): Promise<Result<Erasure>> {
  try {
    return await withTransaction(db, async (tx) => {
      const erased = await erase(tx, request);
      if (request.dryRun) throw new TakenBack({ ...erased, pseudonym: null });
      return ok(erased);
    });
  } catch (error) {
    if (error instanceof TakenBack) return ok(error.erasure);
    if (error instanceof FailureError) return { ok: false, failure: error.failure };
    throw error;
  }
}

/** Carries what would be done out of a transaction that is rolled back. */
class TakenBack extends Error {
  readonly erasure: Erasure;
  constructor(erasure: Erasure) {
    super('counted, and taken back');
    this.erasure = erasure;
  }
}

async function erase(tx: Tx, request: EraseRequest): Promise<Erasure> {
  // One at a time: each looks at every row, and of two with one key the second finds the first one's answer.
  await run(tx, `select pg_advisory_xact_lock(hashtextextended('booking-import:erasure', 0))`);
  const earlier = request.repeat && (await findErasure(tx, request.repeat));
  if (earlier && !earlier.ok) throw new FailureError(earlier.failure);
  if (earlier) return { ...earlier.value, known: [], bookingIds: [] };
  const found = await lockAll(tx, request.key);
  const pseudonym = newPseudonym();
  const erased = await erasePlaces(tx, request.key, found, pseudonym);
  const counts = countsOf(found, erased);
  const bookingIds = [...erased.bookings, ...erased.mentions];
  const auditEntries = await eraseTrail(tx, request, { ...found, pseudonym, counts, bookingIds });
  return { pseudonym, counts: { ...counts, auditEntries }, known: found.known, bookingIds };
}

/** Imports before bookings, as everybody locks them. Who comes in between is found by looking once more. */
async function lockAll(tx: Tx, key: CustomerKey): Promise<FoundCustomer> {
  const locked = new Set<string>();
  const lockNew = async ({ importIds }: FoundCustomer) => {
    const added = [...new Set(importIds)].filter((id) => !locked.has(id)).sort();
    for (const id of added) await refuseRunning(tx, id);
    for (const id of added) locked.add(id);
    return added.length;
  };
  await lockNew(await findCustomer(tx, key));
  await refuseUnread(tx);
  const found = await lockCustomer(tx, key);
  if ((await lockNew(found)) > 0) return lockCustomer(tx, key);
  return found;
}

async function refuseRunning(tx: Tx, importId: string): Promise<void> {
  const state = await lockImport(tx, importId);
  if (state && isRunning(state)) throw running([importId], 'An import that holds this customer is running');
}

async function refuseUnread(tx: Tx): Promise<void> {
  const unread = await rows<{ id: string }>(
    tx,
    `select id from booking_imports where status in ('PENDING', 'PROCESSING') and staged_round = 0 order by id`,
  );
  if (unread.length === 0) return;
  throw running(
    unread.map(({ id }) => id),
    'A file is being read, and nobody knows yet whether it holds this customer',
  );
}

const running = (importIds: string[], what: string): FailureError =>
  new FailureError(
    fail('IMPORT_RUNNING', `${what}: wait until it ends, or cancel it, then ask again.`, { detail: { importIds } })
      .failure,
  );

/** Rows and chunks are counted as what they are to a person: rows of files. */
function countsOf({ importRows }: FoundCustomer, erased: ErasedIds): Record<string, number> {
  const places = Object.entries(erased) as [CustomerPlace, string[]][];
  return { ...Object.fromEntries(places.map(([place, ids]) => [place, ids.length])), fileRows: importRows.length };
}

interface TrailErasure extends FoundCustomer {
  pseudonym: string;
  counts: Record<string, number>;
  bookingIds: string[];
}

async function eraseTrail(
  tx: Tx,
  { key, actor, reason, repeat }: EraseRequest,
  { own, importIds, known, bookingIds, pseudonym, counts }: TrailErasure,
): Promise<number> {
  const entry = { ...actor, ...repeat, reason, pseudonym, counts };
  const { changed } = await oneRow<{ changed: number }>(
    tx,
    'select erase_trail($1::jsonb, to_customer_key($2::jsonb), $3, $4, $5, $6) as changed',
    [JSON.stringify(entry), JSON.stringify(key), own, importIds, known, bookingIds],
  );
  return changed;
}
