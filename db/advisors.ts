import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor, Page } from '../src/domain/import.ts';
import { recordAction } from './admin-trail.ts';
import type { Database, Tx } from './connect.ts';
import { newId } from './ids.ts';
import { decodeCursor, toPage } from './page.ts';
import { oneRow, rows, run, withTransaction } from './query.ts';
import { postgresError } from './statement-error.ts';

export interface Advisor {
  id: string;
  email: string;
  name: string;
  /** Whom the advisor serves; the first is the home dealer. */
  dealerCodes: string[];
  isActive: boolean;
}
export type NewAdvisor = Pick<Advisor, 'email' | 'name' | 'dealerCodes'> & { isActive?: boolean };

/** Within the dealers of a parameter, an array of codes that is empty for all: which others someone serves isn't told. */
const advisorWithin = (dealerCodes: string): string => `
  select a.id, a.email, a.name, a.is_active as "isActive", coalesce(serves.codes, '{}') as "dealerCodes"
  from advisors a cross join lateral (
    select array_agg(d.dealer_code order by s.is_home desc, d.dealer_code) as codes
    from advisor_dealers s join dealers d on d.id = s.dealer_id
    where s.advisor_id = a.id and (cardinality(${dealerCodes}::text[]) = 0 or d.dealer_code = any (${dealerCodes}::text[]))
  ) serves`;

/** In the order of their making, those who serve a dealer that the caller is limited to; none of them: all. */
export async function listAdvisors(
  db: Database,
  dealerCodes: string[],
  filter: { limit: number; cursor?: string | null; text?: string; isActive?: boolean },
): Promise<Page<Advisor>> {
  const found = await rows<Advisor>(
    db,
    `${advisorWithin('$4')}
     where ($1::text is null or a.id > $1) and ($2::boolean is null or a.is_active = $2)
       and ($3::text is null or strpos(lower(a.email || ' ' || a.name), lower($3)) > 0)
       and (cardinality($4::text[]) = 0 or serves.codes is not null)
     order by a.id limit $5`,
    [decodeCursor(filter.cursor), filter.isActive ?? null, filter.text ?? null, dealerCodes, filter.limit + 1],
  );
  return toPage(found, filter.limit, (advisor) => advisor.id);
}

/** Failures: `ADVISOR_EXISTS` (the e-mail is taken), `DEALER_NOT_FOUND`. */
export function createAdvisor(db: Database, input: NewAdvisor, actor: Actor): Promise<Result<Advisor>> {
  return withTransaction(db, async (tx) => {
    const id = newId();
    const made = await rows(
      tx,
      `insert into advisors (id, email, name, is_active) values ($1, $2, $3, $4)
       on conflict (lower(email)) do nothing returning id`,
      [id, input.email, input.name, input.isActive ?? true],
    );
    if (made.length === 0) return emailTaken(input.email);
    const refused = await setDealers(tx, id, input.dealerCodes);
    if (refused) {
      await run(tx, 'delete from advisors where id = $1', [id]);
      return refused;
    }
    const after = await getAdvisor(tx, id);
    await recordAction(tx, actor, { action: 'ADVISOR_CREATED', kind: 'advisor', id, after });
    return ok(after);
  });
}

/** `within`: the dealers that the caller is limited to; none: no limit. */
export interface NamedAdvisor {
  id: string;
  within: string[];
}

type AdvisorChange = Partial<NewAdvisor> & { actor: Actor };

/**
 * Failures: `ADVISOR_NOT_FOUND`, also of one who serves none of the caller's dealers, `FORBIDDEN` of one who serves
 * others, too, `ADVISOR_EXISTS`, `DEALER_NOT_FOUND`; then nothing is changed.
 */
export async function updateAdvisor(
  db: Database,
  named: NamedAdvisor,
  { actor, ...patch }: AdvisorChange,
): Promise<Result<Advisor>> {
  try {
    return await updateWithin(db, named, { actor, ...patch });
  } catch (error) {
    // Somebody took the e-mail between the look and the update.
    if (postgresError(error)?.code !== UNIQUE_VIOLATION) throw error;
    return emailTaken(patch.email ?? '');
  }
}

const UNIQUE_VIOLATION = '23505';

function updateWithin(
  db: Database,
  { id, within }: NamedAdvisor,
  { actor, ...patch }: AdvisorChange,
): Promise<Result<Advisor>> {
  return withTransaction(db, async (tx) => {
    const foreign = await lockWithin(tx, id, within);
    if (foreign) return foreign;
    const [other] = await rows(tx, 'select id from advisors where lower(email) = lower($1) and id <> $2', [
      patch.email ?? null,
      id,
    ]);
    if (other) return emailTaken(patch.email ?? '');
    const before = await getAdvisor(tx, id);
    const refused = patch.dealerCodes && (await setDealers(tx, id, patch.dealerCodes));
    if (refused) return refused;
    await run(
      tx,
      `update advisors set email = coalesce($2, email), name = coalesce($3, name), is_active = coalesce($4, is_active),
         updated_at = now() where id = $1`,
      [id, patch.email ?? null, patch.name ?? null, patch.isActive ?? null],
    );
    const after = await getAdvisor(tx, id);
    await recordAction(tx, actor, { action: 'ADVISOR_CHANGED', kind: 'advisor', id, before, after });
    return ok(after);
  });
}

// Locked before their dealers are looked at: who gives them another one at this moment is waited for.
async function lockWithin(tx: Tx, id: string, within: string[]) {
  const [exists] = await rows(tx, 'select id from advisors where id = $1 for update', [id]);
  const { own, others } = await oneRow<{ own: boolean; others: boolean }>(
    tx,
    `select coalesce(bool_or(d.dealer_code = any ($2::text[])), false) as own,
       coalesce(bool_or(d.dealer_code <> all ($2::text[])), false) as others
     from advisor_dealers s join dealers d on d.id = s.dealer_id where s.advisor_id = $1`,
    [id, within],
  );
  if (!exists || (within.length > 0 && !own)) return fail('ADVISOR_NOT_FOUND', 'there is no such advisor');
  if (within.length === 0 || !others) return undefined;
  return fail('FORBIDDEN', 'The advisor serves dealers beyond this token, too: an admin of all of them can do this.');
}

const emailTaken = (email: string) => fail('ADVISOR_EXISTS', `there is an advisor with the e-mail ${email} already`);

async function getAdvisor(tx: Tx, id: string): Promise<Advisor> {
  const [advisor] = await rows<Advisor>(tx, `${advisorWithin('$2')} where a.id = $1`, [id, []]);
  if (!advisor) throw new Error(`advisor ${id} is gone within its own transaction`);
  return advisor;
}

async function setDealers(tx: Tx, advisorId: string, dealerCodes: string[]) {
  const known = await rows<{ id: string; code: string }>(
    tx,
    'select id, dealer_code as code from dealers where dealer_code = any ($1::text[])',
    [dealerCodes],
  );
  const unknown = dealerCodes.filter((code) => !known.some((dealer) => dealer.code === code));
  if (unknown.length > 0) return fail('DEALER_NOT_FOUND', `there is no dealer ${unknown.join(', ')}; create it first`);
  await run(tx, 'delete from advisor_dealers where advisor_id = $1', [advisorId]);
  await run(
    tx,
    `insert into advisor_dealers (advisor_id, dealer_id, is_home)
     select $1, id, dealer_code = $3 from dealers where dealer_code = any ($2::text[])`,
    [advisorId, dealerCodes, dealerCodes[0] ?? null],
  );
  return undefined;
}
