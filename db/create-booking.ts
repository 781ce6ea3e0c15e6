import type { BookingDraft } from '../src/domain/booking.ts';
import { FailureError, fail, type InputFault, ok, type Result } from '../src/domain/failures.ts';
import type { Actor } from '../src/domain/import.ts';
import type { Database, Tx } from './connect.ts';
import { newId } from './ids.ts';
import { oneRow, rows, withTransaction } from './query.ts';

/** What a client names its request by, so that a repeat makes no second booking. */
export interface CreationKey {
  subject: string;
  key: string;
  fingerprint: string;
}
export interface Creation {
  bookingId: string;
  warnings: InputFault[];
}

/** What the key made already, if anything. Failure: `IDEMPOTENCY_KEY_REUSED`. */
export async function findCreation(
  on: Database | Tx,
  { subject, key, fingerprint }: CreationKey,
): Promise<Result<Creation> | undefined> {
  const [found] = await rows<Creation & { fingerprint: string }>(
    on,
    `select booking_id as "bookingId", warnings, fingerprint from booking_creations where subject = $1 and key = $2`,
    [subject, key],
  );
  if (!found) return undefined;
  const { bookingId, warnings } = found;
  if (found.fingerprint === fingerprint) return ok({ bookingId, warnings });
  const message = 'This Idempotency-Key was used for another booking; take a new one.';
  return fail('IDEMPOTENCY_KEY_REUSED', message, { detail: { bookingId } });
}

export interface NewBooking {
  draft: BookingDraft;
  source: string;
  warnings: InputFault[];
  actor: Actor;
  key: CreationKey | null;
}

/**
 * Writes a booking with its audit row, once for a key; `existed`: somebody sent the same a moment ago. Failures:
 * `BOOKING_EXISTS` (the external id is taken), `INVALID_BOOKING` (the dealer was just deactivated),
 * `IDEMPOTENCY_KEY_REUSED`; then nothing is kept, the key neither.
 */
export async function createBooking(db: Database, input: NewBooking): Promise<Result<Creation & { existed: boolean }>> {
  try {
    return await withTransaction(db, async (tx) => {
      const creation = { bookingId: newId(), warnings: input.warnings };
      const earlier = input.key && (await claimKey(tx, input.key, creation));
      if (earlier) return earlier.ok ? ok({ ...earlier.value, existed: true }) : earlier;
      if (!(await insertBooking(tx, creation.bookingId, input))) throw new FailureError(await whyNot(tx, input.draft));
      return ok({ ...creation, existed: false });
    });
  } catch (error) {
    if (error instanceof FailureError) return { ok: false, failure: error.failure };
    throw error;
  }
}

/** Waits for another request with the same key; null when the key is ours. */
async function claimKey(tx: Tx, key: CreationKey, { bookingId, warnings }: Creation) {
  const claimed = await rows(
    tx,
    `insert into booking_creations (subject, key, fingerprint, booking_id, warnings) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning key`,
    [key.subject, key.key, key.fingerprint, bookingId, JSON.stringify(warnings)],
  );
  return claimed.length > 0 ? null : findCreation(tx, key);
}

// Dealer and advisor are looked at once more: they may have changed since the booking was judged by them.
async function insertBooking(tx: Tx, id: string, { draft, source, actor }: NewBooking): Promise<boolean> {
  const made = await rows(
    tx,
    `with made as (
       insert into bookings (id, external_id, dealer_id, car_variant_id, customer_name, customer_phone, customer_email,
         advisor_id, booking_date, status, source, metadata)
       select $1, r.external_id, r.dealer_id, r.car_variant_id, r.customer_name, r.customer_phone, r.customer_email,
         s.advisor_id, r.booking_date,
         case when r.status = 'ASSIGNED' and s.advisor_id is null then 'PENDING' else r.status end, $3, r.metadata
       from jsonb_to_record($2::jsonb) as r (external_id text, dealer_id text, car_variant_id text, customer_name text,
           customer_phone text, customer_email text, advisor_id text, booking_date timestamptz, status text, metadata jsonb)
         join dealers d on d.id = r.dealer_id and d.is_active
         left join (advisor_dealers s join advisors a on a.id = s.advisor_id and a.is_active)
           on s.advisor_id = r.advisor_id and s.dealer_id = r.dealer_id
       on conflict (external_id) do nothing
       returning bookings.*
     ), audited as (
       insert into booking_audit_logs (id, booking_id, changed_by, action, new_value, ip_address, user_agent)
       select m.id, m.id, $4, 'CREATED', booking_facts(m), $5, $6 from made m
     )
     select id from made`,
    [id, JSON.stringify(draft), source, actor.subject, actor.ip, actor.userAgent],
  );
  return made.length > 0;
}

async function whyNot(tx: Tx, { external_id, dealer_id }: NewBooking['draft']) {
  const { serves } = await oneRow<{ serves: boolean }>(
    tx,
    'select exists (select from dealers where id = $1 and is_active) as serves',
    [dealer_id],
  );
  const [pointer, code, message] = serves
    ? ['/externalId', 'DUPLICATE', `There is a booking with the externalId ${external_id} already.`]
    : ['/dealerCode', 'INACTIVE_DEALER', 'The dealer has just been deactivated.'];
  const errors = [{ pointer, code, message }];
  return fail(serves ? 'BOOKING_EXISTS' : 'INVALID_BOOKING', message, { errors }).failure;
}
