import type { ImportView } from '../domain/import.ts';

/** What an import of a fixture comes to on a database without its bookings. */
export interface ExpectedCounts {
  totalRows: number;
  created: number;
  skipped: number;
  failed: number;
}

export interface DemoGround {
  expected: ExpectedCounts;
  /** Imports of the same file that were there before this one. */
  earlier: ImportView[];
}

/**
 * Compares an import with what its fixture is known to hold. Where the file was imported before, the rows that were
 * created then are skipped now; which of the two became of a row is only judged on a database that never saw the file.
 */
export function judgeDemo(view: ImportView, { expected, earlier }: DemoGround): { isRight: boolean; text: string } {
  const { created, updated, skipped, failed, notAttempted } = view.rows;
  const isAgain = earlier.some(({ id, rows }) => id !== view.id && rows.created > 0);
  const faults = [
    view.status === 'COMPLETED' ? '' : `status ${view.status} instead of COMPLETED`,
    differ('rows in all', view.totalRows, expected.totalRows),
    differ('rows failed', failed, expected.failed),
    differ('rows created or skipped', created + skipped, expected.created + expected.skipped),
    differ('rows updated or not attempted', updated + notAttempted, 0),
    isAgain ? '' : differ('rows created', created, expected.created),
  ].filter(Boolean);
  if (faults.length > 0) return { isRight: false, text: `NOT as expected: ${faults.join('; ')}` };
  const again = isAgain ? ' for a file whose bookings were here already' : '';
  return { isRight: true, text: `exactly as expected${again}` };
}

function differ(what: string, found: number, expected: number): string {
  return found === expected ? '' : `${found} ${what} instead of ${expected}`;
}
