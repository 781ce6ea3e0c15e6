import type { ImportStats, StatsRange } from '../src/domain/stats.ts';
import type { Database } from './connect.ts';
import { importWithin } from './import-view.ts';
import { oneRow } from './query.ts';
import { DEALERS, durations, rate } from './stats-sql.ts';

const FIGURES = `
  with chosen as (
    select i.* from booking_imports i
    where not i.dry_run and i.created_at >= $1 and i.created_at < $2
      and ${importWithin('$5')}
      and (cardinality($3::text[]) = 0
        or i.id in (select b.import_id from bookings b where b.dealer_id in ${DEALERS} and b.import_id is not null))
  ),
  ledger as (select l.* from booking_import_ledger l join chosen c on c.id = l.import_id),
  summed as (
    select c.id, c.status, extract(hour from c.created_at at time zone $4)::int as hour,
      case when c.status = 'COMPLETED' then extract(epoch from c.completed_at - c.started_at)::float8 end as seconds,
      coalesce(sum(l.created), 0)::int as created, coalesce(sum(l.updated), 0)::int as updated,
      coalesce(sum(l.skipped), 0)::int as skipped, coalesce(sum(l.failed), 0)::int as failed,
      coalesce(sum(l.created + l.updated + l.skipped + l.failed), 0)::int as rows
    from chosen c left join ledger l on l.import_id = c.id
    group by c.id, c.status, c.created_at, c.completed_at, c.started_at
  )
  select count(*)::int as total,
    coalesce((select jsonb_object_agg(status, n) from (select status, count(*) as n from summed group by status) s), '{}')
      as "byStatus",
    ${rate(`count(*) filter (where status = 'COMPLETED')`, `count(*) filter (where status not in ('PENDING', 'PROCESSING'))`)}
      as "successRate",
    jsonb_build_object('created', coalesce(sum(created), 0), 'updated', coalesce(sum(updated), 0),
      'skipped', coalesce(sum(skipped), 0), 'failed', coalesce(sum(failed), 0)) as rows,
    ${rate('sum(created + updated + skipped)', 'sum(rows)')} as "rowSuccessRate",
    ${durations('seconds')} as "durationSeconds",
    jsonb_build_object(
      'average', round((sum(rows) filter (where seconds > 0) / nullif(sum(seconds), 0))::numeric, 1),
      'median', round((percentile_cont(0.5) within group (order by rows / seconds) filter (where seconds > 0))::numeric, 1))
      as "rowsPerSecond",
    coalesce((select jsonb_object_agg(type, n) from (
      select substr(f.key, 6) as type, sum(f.value::int) as n
      from ledger g, jsonb_each_text(g.faults) f where f.key like 'type:%'
      group by f.key having sum(f.value::int) > 0) t), '{}') as "errorTypes",
    (select jsonb_agg(jsonb_build_object('hour', h, 'imports', coalesce(n, 0), 'rows', coalesce(r, 0)) order by h)
      from generate_series(0, 23) h
      left join (select hour, count(*) as n, sum(rows) as r from summed group by hour) at_hour on at_hour.hour = h)
      as "peakHours"
  from summed`;

/** Counted from the ledgers, so that running and retried imports are in it with what they wrote. */
export const importStats = (
  db: Database,
  { from, to, dealerCodes, timeZone, limitedTo }: StatsRange,
): Promise<ImportStats> => oneRow<ImportStats>(db, FIGURES, [from, to, dealerCodes, timeZone, limitedTo]);
