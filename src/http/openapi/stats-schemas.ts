import { BOOKING_SOURCES, BOOKING_STATUSES } from '../../domain/booking.ts';
import { IMPORT_STATUSES, ROW_ERROR_TYPES } from '../../domain/import.ts';
import type { ChangeStats, CohortStats, Durations, ImportStats, Outcome } from '../../domain/stats.ts';
import {
  byWord,
  count,
  id,
  instant,
  type JsonSchema,
  list,
  nullable,
  object,
  oneOf,
  rate,
  ref,
  string,
} from './json-schema.ts';

const status = oneOf(BOOKING_STATUSES);
const seconds: JsonSchema = { type: ['number', 'null'] };

const outcome: Record<keyof Outcome, JsonSchema> = {
  ...{ bookings: count, completed: count, cancelled: count, noShow: count, open: count },
  conversionRate: { ...rate, description: 'Completed of all.' },
};

const imports = object<ImportStats>({
  total: count,
  byStatus: byWord(IMPORT_STATUSES, count),
  successRate: { ...rate, description: 'COMPLETED of those that have ended.' },
  rows: object<ImportStats['rows']>({ created: count, updated: count, skipped: count, failed: count }),
  rowSuccessRate: rate,
  durationSeconds: ref('Durations'),
  rowsPerSecond: object<ImportStats['rowsPerSecond']>({ average: seconds, median: seconds }),
  errorTypes: byWord(ROW_ERROR_TYPES, count),
  peakHours: list(
    object<ImportStats['peakHours'][number]>({ hour: { ...count, maximum: 23 }, imports: count, rows: count }),
  ),
});

const business = object<CohortStats & ChangeStats>({
  conversion: object<Outcome>(outcome),
  byStatus: byWord(BOOKING_STATUSES, count),
  bySource: byWord(BOOKING_SOURCES, count),
  advisors: list(object<CohortStats['advisors'][number]>({ ...outcome, id, email: string, name: string })),
  dealers: list(object<CohortStats['dealers'][number]>({ ...outcome, dealerCode: string, dealerName: string })),
  transitions: list(object<ChangeStats['transitions'][number]>({ from: status, to: status, count })),
  timeInStatus: byWord(BOOKING_STATUSES, ref('Durations')),
});

export const statsSchemas = {
  Durations: object<Durations>({ count, average: seconds, median: seconds, p95: seconds, longest: seconds }),
  Stats: object<Record<'range' | 'imports' | 'business', unknown>>({
    range: object<Record<'from' | 'to' | 'timeZone' | 'dealer', unknown>>({
      from: instant,
      to: instant,
      timeZone: string,
      dealer: nullable(string),
    }),
    imports,
    business,
  }),
};
