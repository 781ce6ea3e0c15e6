import type { ImportView } from '../domain/import.ts';

/** How an import came out, for a person: a few lines. */
export function describeImport({ id, status, reason, totalRows, rows, errorSummary, phase }: ImportView): string {
  const state = phase === 'paused' ? 'PAUSED' : status;
  const why = reason ? ` (${reason.code}: ${reason.message})` : '';
  const counts = `${rows.created} created, ${rows.updated} updated, ${rows.skipped} skipped, ${rows.failed} failed`;
  const rest = rows.notAttempted > 0 ? `, ${rows.notAttempted} not attempted` : '';
  const types = Object.entries(errorSummary.byType).map(([type, count]) => `${type} ${count}`);
  const lines = [`import ${id}: ${state}${why}`, `${totalRows} rows: ${counts}${rest}`];
  if (rows.warned > 0) lines.push(`${rows.warned} rows were imported with a warning`);
  if (types.length > 0) lines.push(`failed rows by reason: ${types.join(', ')}`);
  return lines.join('\n');
}

/** The contract's exit code: 0 all is in, 1 some rows failed, 2 refused, failed, cancelled or waiting for a person. */
export function exitCodeOf({ status, rows }: ImportView): 0 | 1 | 2 {
  if (status !== 'COMPLETED') return 2;
  return rows.failed > 0 || rows.notAttempted > 0 ? 1 : 0;
}
