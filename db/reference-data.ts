import type { AdvisorRef, DealerRef, VariantRef } from '../src/domain/row-rules.ts';
import type { Database } from './connect.ts';
import { rows } from './query.ts';

export interface ReferenceData {
  dealers: DealerRef[];
  advisors: AdvisorRef[];
  variants: VariantRef[];
}

/** What the row rules ask about: all dealers, advisors and variants, active or not. */
export async function loadReferenceData(db: Database): Promise<ReferenceData> {
  const [dealers, advisors, variants] = await Promise.all([
    rows<DealerRef>(
      db,
      `select id, dealer_code as code, is_active as "isActive", settings ->> 'timeZone' as "timeZone" from dealers`,
    ),
    rows<AdvisorRef>(
      db,
      `select a.id, a.email, a.is_active as "isActive",
         coalesce(array_agg(d.dealer_id) filter (where d.dealer_id is not null), '{}') as "dealerIds"
       from advisors a left join advisor_dealers d on d.advisor_id = a.id group by a.id`,
    ),
    rows<VariantRef>(db, 'select id, code, name from car_variants'),
  ]);
  return { dealers, advisors, variants };
}
