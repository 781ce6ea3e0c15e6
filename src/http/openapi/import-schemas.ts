import type { ImportRow } from '../../../db/import-rows.ts';
import { FIELDS, type MappedColumn } from '../../domain/columns.ts';
import {
  IMPORT_PHASES,
  IMPORT_STATUSES,
  type ImportUndo,
  type ImportView,
  type KeptBooking,
  ROW_ERROR_TYPES,
  ROW_OUTCOMES,
  ROW_WARNING_TYPES,
  type RowCounts,
} from '../../domain/import.ts';
import type { FileFacts } from '../../domain/record.ts';
import { settingsSchema } from '../../domain/settings.ts';
import {
  byName,
  byWord,
  count,
  flag,
  id,
  instant,
  type JsonSchema,
  list,
  nullable,
  object,
  oneOf,
  ref,
  string,
} from './json-schema.ts';
import { requestSchema } from './request-schema.ts';

type Members<T> = Record<keyof T, JsonSchema>;

const reason = object<NonNullable<ImportView['reason']>>({ code: string, message: string });
const amount: JsonSchema = { type: ['number', 'null'], minimum: 0 };
const field = nullable(oneOf(FIELDS));
const fault = (types: readonly string[]) =>
  object<Members<{ type: string; field: string; message: string }>>({ type: oneOf(types), field, message: string });

const { default: _, ...settings } = requestSchema(settingsSchema);

export const importSchemas = {
  ImportSettings: settings,
  Import: object<ImportView>({
    id,
    status: oneOf(IMPORT_STATUSES),
    phase: oneOf(IMPORT_PHASES),
    reason: nullable(reason),
    queuePosition: {
      ...nullable(count),
      description: 'Its place among those of its admin that wait to begin: 1 is the next; null: it waits for none.',
    },
    fileName: string,
    fileSize: { ...count, description: 'Bytes.' },
    sha256: nullable({ type: 'string', pattern: '^[0-9a-f]{64}$' }),
    adminId: string,
    dryRun: flag,
    settings: ref('ImportSettings'),
    totalRows: count,
    processedRows: { ...count, description: 'Always created + updated + skipped + failed.' },
    successfulRows: { ...count, description: 'Always created + updated + skipped.' },
    failedRows: count,
    rows: object<RowCounts>({
      ...{ created: count, updated: count, skipped: count, failed: count, notAttempted: count },
      warned: { ...count, description: 'Of the created and the updated.' },
    }),
    errorSummary: object<ImportView['errorSummary']>({
      byType: byWord(ROW_ERROR_TYPES, count),
      byField: byName(count),
    }),
    warningSummary: object<ImportView['warningSummary']>({ byType: byWord(ROW_WARNING_TYPES, count) }),
    progress: object<ImportView['progress']>({
      rowsPerSecond: amount,
      etaSeconds: amount,
      lastProgressAt: nullable(instant),
    }),
    lifecycles: object<ImportView['lifecycles']>({ due: count, started: count }),
    undo: nullable(ref('Undo')),
    workflowId: string,
    createdAt: instant,
    startedAt: nullable(instant),
    completedAt: nullable(instant),
    rowsExpiredAt: {
      ...nullable(instant),
      description: 'When its file and rows were deleted after their retention time.',
    },
  }),
  Undo: object<ImportUndo>({
    undoneAt: instant,
    undoneBy: string,
    removed: count,
    kept: count,
    keptBookings: list(
      object<KeptBooking>({
        ...{ bookingId: id, externalId: nullable(string), row: count },
        code: oneOf(['CHANGED', 'BEING_CHANGED']),
        message: string,
      }),
      { maxItems: 100 },
    ),
  }),
  ImportRow: object<ImportRow>({
    row: { type: 'integer', minimum: 1, description: 'Records after the header, from 1.' },
    outcome: oneOf(ROW_OUTCOMES),
    bookingId: nullable(id),
    externalId: nullable(string),
    errors: list(fault(ROW_ERROR_TYPES)),
    warnings: list(fault(ROW_WARNING_TYPES)),
  }),
  Preview: object<
    FileFacts &
      Record<
        'headers' | 'missingRequired' | 'missingColumns' | 'problems' | 'dateFormats' | 'totalRows' | 'rows',
        unknown
      >
  >({
    type: oneOf(['csv', 'xlsx']),
    ...{ encoding: nullable(string), delimiter: nullable(string), sheet: nullable(string), sheets: list(string) },
    headers: list(
      object<MappedColumn>(
        {
          position: { type: 'integer', minimum: 1 },
          name: string,
          field,
          confidence: { type: 'number', minimum: 0, maximum: 1 },
          suggestion: oneOf(FIELDS),
          ignored: { const: true },
        },
        ['suggestion', 'ignored'],
      ),
    ),
    missingRequired: list(oneOf(FIELDS)),
    missingColumns: list(
      object<Members<{ field: string; likeliest: string }>>({ field: oneOf(FIELDS), likeliest: nullable(string) }),
    ),
    problems: list(ref('Fault')),
    dateFormats: list(
      object<Members<{ format: string; example: string; parses: number }>>({
        ...{ format: string, example: string, parses: count },
      }),
    ),
    totalRows: count,
    rows: list(list(string), { maxItems: 100, description: 'The first rows, as texts in the order of the headers.' }),
  }),
};
