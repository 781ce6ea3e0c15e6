import { createHash, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor } from '../src/domain/import.ts';
import { recordAction } from './admin-trail.ts';
import type { Tx } from './connect.ts';
import { fingerprintOf } from './fingerprint.ts';
import { oneRow, rows } from './query.ts';

/** Who asks for something to be done about a customer, and why. */
export interface CustomerRequest {
  actor: Actor;
  reason: string;
}

export interface RepeatKey {
  keyHash: string;
  requestHash: string;
}

const slowHash = promisify(scrypt) as (password: string, salt: string, bytes: number) => Promise<Buffer>;

/**
 * By what a repeat is known again. Neither key nor request is kept: with a random key nobody finds the phone that was
 * asked for, and with a poor one he needs 50 ms for each that he tries.
 */
export async function repeatKeyOf(subject: string, key: string, asked: unknown): Promise<RepeatKey> {
  const keyHash = createHash('sha256')
    .update(JSON.stringify([subject, key]))
    .digest('hex');
  const requestHash = (await slowHash(fingerprintOf(asked), `${subject}\n${key}`, 32)).toString('hex');
  return { keyHash, requestHash };
}

export interface StoredErasure {
  pseudonym: string;
  counts: Record<string, number>;
}

/** What a request with this key did. Failure: `IDEMPOTENCY_KEY_REUSED`. */
export async function findErasure(tx: Tx, key: RepeatKey): Promise<Result<StoredErasure> | undefined> {
  const [found] = await rows<StoredErasure & { hash: string }>(
    tx,
    'select pseudonym, counts, request_hash as hash from customer_erasures where key_hash = $1',
    [key.keyHash],
  );
  if (!found) return undefined;
  const { hash, ...stored } = found;
  if (hash === key.requestHash) return ok(stored);
  return fail('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request; take a new one.');
}

/** Says nothing of whom it stands for. */
export const newPseudonym = (): string => `customer-${randomBytes(6).toString('hex')}`;

/** The request's own entry in the admins' trail; its reason without what would tell the customer. */
export async function recordExport(
  tx: Tx,
  { actor, reason }: CustomerRequest,
  { key, known, counts }: { key: object; known: string[]; counts: Record<string, number> },
): Promise<void> {
  const { told } = await oneRow<{ told: string }>(
    tx,
    'select untelling_reason($1, intimate_pattern(to_customer_key($2::jsonb), $3::text[])) as told',
    [reason, JSON.stringify(key), known],
  );
  const done = { action: 'CUSTOMER_EXPORTED', kind: 'customer', id: null, after: counts } as const;
  await recordAction(tx, { ...actor, reason: told }, done);
}
