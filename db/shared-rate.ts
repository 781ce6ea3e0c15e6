import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Allowance, Rate, Spent } from '../src/domain/rate.ts';
import type { Database } from './connect.ts';

/** A count takes about a millisecond; a request doesn't wait longer than this for it. */
const PATIENCE_MS = 500;
/** After Postgres didn't count, it isn't asked again for so long. */
const AWAY_MS = 5_000;

/**
 * Counts in Postgres, for all processes together. While Postgres is away or slow, `local` counts in its place: a limit
 * that is somewhat too wide is better than a refusal without a reason.
 */
export function sharedRate(db: Database, allowance: Allowance, local: Rate): Rate {
  const limiter = createLimiter(db, allowance);
  let awayUntil = 0;
  return {
    ...allowance,
    spend: async (key) => {
      if (Date.now() < awayUntil) return local.spend(key);
      const spent = await inTime(limiter.consume(key).then(granted, refused));
      if (spent) return spent;
      awayUntil = Date.now() + AWAY_MS;
      return local.spend(key);
    },
  };
}

const createLimiter = (db: Database, { name, points, seconds }: Allowance) =>
  new RateLimiterPostgres({
    storeClient: db,
    storeType: 'sequelize',
    tableName: 'rate_counters',
    // By a migration, as every table.
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: seconds,
    // Who is over the limit costs no more round trips until it ends.
    inMemoryBlockOnConsumed: points + 1,
  });

const granted = (left: RateLimiterRes): Spent => ({
  granted: true,
  remaining: left.remainingPoints,
  resetMs: left.msBeforeNext,
});

/** Undefined: it wasn't counted. */
function refused(why: unknown): Spent | undefined {
  if (!(why instanceof RateLimiterRes)) return undefined;
  return { granted: false, remaining: 0, resetMs: why.msBeforeNext };
}

async function inTime<T>(counting: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((done) => {
    timer = setTimeout(() => done(undefined), PATIENCE_MS);
  });
  try {
    return await Promise.race([counting, late]);
  } finally {
    clearTimeout(timer);
  }
}
