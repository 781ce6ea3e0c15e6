import type { ImportView } from '../domain/import.ts';
import { plural } from './words.ts';

/** How an import ended, in a sentence. */
export function outcomeOf({ status, dryRun, rows, failedRows, successfulRows, undo }: ImportView): string {
  if (undo) return `The import was undone: ${plural(undo.removed, 'booking')} removed, ${undo.kept} kept.`;
  if (status === 'FAILED') return dryRun ? 'The check failed.' : failed(successfulRows);
  if (status === 'CANCELLED') return `The import was cancelled. ${left(rows.notAttempted)}`;
  if (dryRun) return checked(successfulRows, failedRows);
  const done = [];
  if (rows.created > 0) done.push(`${plural(rows.created, 'booking')} created`);
  if (rows.updated > 0) done.push(`${plural(rows.updated, 'booking')} updated`);
  if (rows.skipped > 0) done.push(`${plural(rows.skipped, 'row')} skipped as already there`);
  if (failedRows > 0) done.push(`${plural(failedRows, 'row')} failed`);
  const text = done.join(', ') || 'no rows';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const failed = (written: number) =>
  written === 0 ? 'The import failed. Nothing was written.' : `The import failed after ${plural(written, 'row')}.`;
const left = (rows: number) =>
  rows === 0 ? '' : `${plural(rows, 'row')} ${rows === 1 ? 'was' : 'were'} not attempted.`;

function checked(good: number, bad: number): string {
  if (bad === 0) return `No faults: all ${plural(good, 'row')} can be imported. Nothing was written.`;
  return `${plural(good, 'row')} can be imported, ${plural(bad, 'row')} cannot. Nothing was written.`;
}
