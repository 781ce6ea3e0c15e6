import { UniqueConstraintError } from 'sequelize';
import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Page } from '../src/domain/import.ts';
import type { Database } from './connect.ts';
import { DealerModel } from './models.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows } from './query.ts';

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

/** Failure: `DEALER_EXISTS`. */
export async function createDealer(db: Database, input: NewDealer): Promise<Result<Dealer>> {
  try {
    return ok(toDealer(await db.getRepository(DealerModel).create({ ...input })));
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    return fail('DEALER_EXISTS', `there is a dealer ${input.dealerCode} already; change it instead`);
  }
}

/** Failure: `DEALER_NOT_FOUND`. */
export async function updateDealer(
  db: Database,
  dealerCode: string,
  patch: Partial<Omit<Dealer, 'dealerCode'>>,
): Promise<Result<Dealer>> {
  const [, [updated]] = await db.getRepository(DealerModel).update(patch, { where: { dealerCode }, returning: true });
  return updated ? ok(toDealer(updated)) : fail('DEALER_NOT_FOUND', `there is no dealer ${dealerCode}`);
}
