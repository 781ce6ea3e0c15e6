import type { ImportPhase } from '../src/domain/import.ts';
import type { ImportProgress } from './messages.ts';

const WORDS: Record<ImportPhase, string> = {
  uploaded: 'Waiting to start',
  parsing: 'Reading the file',
  validating: 'Checking rows',
  writing: 'Writing bookings',
  paused: 'Paused',
  cancelling: 'Being cancelled',
  done: 'Done',
};

/** Where an import stands, in words, for the Web UI. */
export function describeProgress({
  phase,
  reason,
  totalRows,
  rows,
  rowsPerSecond,
  etaSeconds,
}: ImportProgress): string {
  const done = rows.created + rows.updated + rows.skipped + rows.failed;
  const lines = [`**${WORDS[phase]}** · ${done} of ${totalRows || '?'} rows${pace(rowsPerSecond, etaSeconds)}`];
  if (reason) lines.push(`**${reason.code}**: ${reason.message}`);
  if (phase === 'paused') lines.push('To go on: send the signal `resume`, or press Resume in the portal.');
  return [...lines, describeRows({ rows })].join('\n\n');
}

export const describeRows = ({ rows }: Pick<ImportProgress, 'rows'>): string =>
  `created ${rows.created} · updated ${rows.updated} · skipped ${rows.skipped} · failed ${rows.failed}`;

const pace = (rowsPerSecond: number | null, etaSeconds: number | null) =>
  rowsPerSecond === null ? '' : ` · ${rowsPerSecond} rows/s · about ${etaSeconds ?? '?'} s left`;
