import { UniqueConstraintError } from 'sequelize';
import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor, Page } from '../src/domain/import.ts';
import { recordAction } from './admin-trail.ts';
import type { Database } from './connect.ts';
import { DealerModel } from './models.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows, withTransaction } from './query.ts';

export interface Dealer {
  dealerCode: string;
  dealerName: string;
  location: string | null;
  isActive: boolean;
  /** `timeZone` (IANA) and whatever the lifecycle's rules read. */
  settings: Record<string, unknown>;
}
export type NewDealer = Pick<Dealer, 'dealerCode' | 'dealerName'> & Partial<Dealer>;

const toDealer = (model: DealerModel): Dealer => ({
  dealerCode: model.dealerCode,
  dealerName: model.dealerName,
  location: model.location ?? null,
  isActive: model.isActive,
  settings: model.settings,
});

/** By code, of those that the caller is limited to; none of them: of all. */
export async function listDealers(
  db: Database,
  dealerCodes: string[],
  filter: { limit: number; cursor?: string | null; text?: string; isActive?: boolean },
): Promise<Page<Dealer>> {
  const found = await rows<Dealer>(
    db,
    `select dealer_code as "dealerCode", dealer_name as "dealerName", location, is_active as "isActive", settings
     from dealers
     where ($1::text is null or dealer_code > $1) and ($2::boolean is null or is_active = $2)
       and ($3::text is null or strpos(lower(dealer_code || ' ' || dealer_name), lower($3)) > 0)
       and (cardinality($5::text[]) = 0 or dealer_code = any ($5::text[]))
     order by dealer_code limit $4`,
    [decodeCursor(filter.cursor), filter.isActive ?? null, filter.text ?? null, filter.limit + 1, dealerCodes],
  );
  return toPage(found, filter.limit, (dealer) => dealer.dealerCode);
}

/** By whose clocks the dealer writes a time; UTC for one that says nothing, or for none. */
export async function findTimeZone(db: Database, dealerCode: string | null): Promise<string> {
  const sql = `select settings ->> 'timeZone' as "timeZone" from dealers where dealer_code = $1`;
  const [dealer] = await rows<{ timeZone: string | null }>(db, sql, [dealerCode]);
  return dealer?.timeZone ?? 'UTC';
}

/** Failure: `DEALER_EXISTS`. */
export async function createDealer(db: Database, input: NewDealer, actor: Actor): Promise<Result<Dealer>> {
  try {
    return await withTransaction(db, async (transaction) => {
      const made = toDealer(await db.getRepository(DealerModel).create({ ...input }, { transaction }));
      const { dealerCode: id } = made;
      await recordAction(transaction, actor, { action: 'DEALER_CREATED', kind: 'dealer', id, after: made });
      return ok(made);
    });
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    return fail('DEALER_EXISTS', `there is a dealer ${input.dealerCode} already; change it instead`);
  }
}

/** Failure: `DEALER_NOT_FOUND`. */
export function updateDealer(
  db: Database,
  { dealerCode, ...patch }: Partial<Dealer> & Pick<Dealer, 'dealerCode'>,
  actor: Actor,
): Promise<Result<Dealer>> {
  return withTransaction(db, async (transaction) => {
    const dealer = await db.getRepository(DealerModel).findOne({ where: { dealerCode }, lock: true, transaction });
    if (!dealer) return fail('DEALER_NOT_FOUND', `there is no dealer ${dealerCode}`);
    const before = toDealer(dealer);
    const after = toDealer(await dealer.update(patch, { transaction }));
    await recordAction(transaction, actor, { action: 'DEALER_CHANGED', kind: 'dealer', id: dealerCode, before, after });
    return ok(after);
  });
}
