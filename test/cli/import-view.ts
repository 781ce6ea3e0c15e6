import type { ImportView, RowCounts } from '../../src/domain/import.ts';

/** An import as the API would show it, for tests of what the command line makes of it. */
export function createImportView(rows: Partial<RowCounts>, more: Partial<ImportView> = {}): ImportView {
  const counts = { created: 0, updated: 0, skipped: 0, failed: 0, notAttempted: 0, warned: 0, ...rows };
  const { created, updated, skipped, failed, notAttempted } = counts;
  return {
    id: '01J00000000000000000000000',
    status: 'COMPLETED',
    phase: 'done',
    reason: null,
    totalRows: created + updated + skipped + failed + notAttempted,
    processedRows: created + updated + skipped + failed,
    rows: counts,
    errorSummary: { byType: {}, byField: {} },
    progress: { rowsPerSecond: null, etaSeconds: null, lastProgressAt: null },
    ...more,
  } as ImportView;
}
