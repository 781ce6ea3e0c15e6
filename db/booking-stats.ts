import type { ChangeStats, CohortStats, StatsRange } from '../src/domain/stats.ts';
import type { Database } from './connect.ts';
import { oneRow } from './query.ts';
import { DEALERS, durations, rate } from './stats-sql.ts';

/** An advisor or dealer beyond this has few bookings. */
const MOST = 200;
const OF_DEALERS = `(cardinality($3::text[]) = 0 or b.dealer_id in ${DEALERS})`;

const OUTCOME = `
  'bookings', coalesce(sum(n), 0),
  'completed', coalesce(sum(n) filter (where status = 'COMPLETED'), 0),
  'cancelled', coalesce(sum(n) filter (where status = 'CANCELLED'), 0),
  'noShow', coalesce(sum(n) filter (where status = 'NO_SHOW'), 0),
  'open', coalesce(sum(n) filter (where status not in ('COMPLETED', 'CANCELLED', 'NO_SHOW')), 0),
  'conversionRate', ${rate(`coalesce(sum(n) filter (where status = 'COMPLETED'), 0)`, 'sum(n)')}`;

const counted = (column: string): string =>
  `coalesce((select jsonb_object_agg(${column}, n) from (
    select ${column}, sum(n) as n from cohort group by ${column}) by_${column}), '{}')`;

/** The outcomes by advisor or dealer `x`, those with most bookings first. */
const ranked = (table: string, key: string, about: string): string => `coalesce((
    select jsonb_agg(outcome order by bookings desc, name) from (
      select jsonb_build_object(${about}, ${OUTCOME}) as outcome, sum(n) as bookings, x.id as name
      from cohort join ${table} x on x.id = cohort.${key} group by x.id order by 2 desc, 3 limit ${MOST}
    ) r), '[]')`;

// Counted once by all that is asked for; the sums then go over some thousand rows, however many bookings there are.
const COHORT = `
  with cohort as materialized (
    select status, source, dealer_id, advisor_id, count(*)::int as n from bookings b
    where b.created_at >= $1 and b.created_at < $2 and ${OF_DEALERS}
    group by status, source, dealer_id, advisor_id
  )
  select (select jsonb_build_object(${OUTCOME}) from cohort) as conversion,
    ${counted('status')} as "byStatus",
    ${counted('source')} as "bySource",
    ${ranked('advisors', 'advisor_id', `'id', x.id, 'email', x.email, 'name', x.name`)} as advisors,
    ${ranked('dealers', 'dealer_id', `'dealerCode', x.dealer_code, 'dealerName', x.dealer_name`)} as dealers`;

export const cohortStats = (db: Database, { from, to, dealerCodes }: StatsRange): Promise<CohortStats> =>
  oneRow<CohortStats>(db, COHORT, [from, to, dealerCodes]);

// A status began with the change before, which may lie before the range; the first one with the booking.
const CHANGES = `
  with changes as (
    select a.booking_id, a.created_at, b.created_at as made_at,
      a.old_value ->> 'status' as "from", a.new_value ->> 'status' as "to",
      lag(a.created_at) over (partition by a.booking_id order by a.created_at, a.id) as before
    from booking_audit_logs a join bookings b on b.id = a.booking_id
    where (a.old_value -> 'status') is not null and (a.new_value -> 'status') is not null
      and a.created_at >= $1 and a.created_at < $2 and ${OF_DEALERS}
  ),
  stays as materialized (
    select c."from", c."to",
      greatest(extract(epoch from c.created_at - coalesce(c.before, earlier.created_at, c.made_at)), 0)::float8 as seconds
    from changes c left join lateral (
      select p.created_at from booking_audit_logs p
      where c.before is null and p.booking_id = c.booking_id and p.created_at < $1 and (p.old_value -> 'status') is not null
      order by p.created_at desc limit 1
    ) earlier on true
  )
  select
    coalesce((select jsonb_agg(jsonb_build_object('from', "from", 'to', "to", 'count', n) order by n desc, "from", "to")
      from (select "from", "to", count(*) as n from stays group by "from", "to") t), '[]') as transitions,
    coalesce((select jsonb_object_agg("from", lasted) from (
      select "from", ${durations('seconds')} as lasted from stays group by "from") s), '{}') as "timeInStatus"`;

export const changeStats = (db: Database, { from, to, dealerCodes }: StatsRange): Promise<ChangeStats> =>
  oneRow<ChangeStats>(db, CHANGES, [from, to, dealerCodes]);
