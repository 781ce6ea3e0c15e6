import Joi from 'joi';
import { changeStats, cohortStats } from '../../db/booking-stats.ts';
import type { Database } from '../../db/connect.ts';
import { importStats } from '../../db/import-stats.ts';
import { ok, type Result } from '../domain/failures.ts';
import type { StatsRange } from '../domain/stats.ts';
import { type Caller, callerIn } from './auth.ts';
import { afterFrom } from './booking-requests.ts';
import type { Handler } from './endpoint.ts';
import { code, instant, parseRequest, timeZone } from './requests.ts';
import { beyondToken, isWithinToken } from './token-limit.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

interface StatsQuery {
  from?: string;
  to?: string;
  dealer?: string;
  timeZone: string;
}
export const statsQuery = Joi.object<StatsQuery>({
  from: instant,
  to: afterFrom,
  dealer: code(50),
  timeZone: timeZone.default('UTC'),
});

/** Figures of imports and business for a range (the last 30 days unless told) and all or one of the caller's dealers. */
export const showStats =
  ({ db }: { db: Database }): Handler =>
  async (req, res) => {
    const query = parseRequest(statsQuery, req.query);
    if (!query.ok) return query;
    const range = rangeOf(query.value, callerIn(res));
    if (!range.ok) return range;
    const asked = query.value.dealer === undefined ? [] : [query.value.dealer];
    const [imports, cohort, changes] = await Promise.all([
      importStats(db, { ...range.value, dealerCodes: asked }),
      cohortStats(db, range.value),
      changeStats(db, range.value),
    ]);
    const { from, to, timeZone } = range.value;
    const dealer = query.value.dealer ?? null;
    return ok({ body: { range: { from, to, timeZone, dealer }, imports, business: { ...cohort, ...changes } } });
  };

function rangeOf({ dealer, timeZone, ...given }: StatsQuery, { dealers }: Caller): Result<StatsRange> {
  if (dealer !== undefined && !isWithinToken(dealers, [dealer])) return beyondToken(dealers);
  // Given only a beginning of the future, the range is the days from there.
  const to = given.to ?? new Date(Math.max(Date.now() + 1, sinceMs(given.from))).toISOString();
  const from = given.from ?? new Date(Date.parse(to) - DEFAULT_DAYS * DAY_MS).toISOString();
  return ok({ from, to, timeZone, dealerCodes: dealer === undefined ? dealers : [dealer], limitedTo: dealers });
}

const sinceMs = (from: string | undefined): number =>
  from !== undefined && Date.parse(from) > Date.now() ? Date.parse(from) + DEFAULT_DAYS * DAY_MS : 0;
