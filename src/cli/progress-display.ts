import { Presets, SingleBar } from 'cli-progress';
import type { ImportView } from '../domain/import.ts';

export interface ProgressDisplay {
  show(view: ImportView): void;
  /** After the last `show`: leaves the cursor on a line of its own. */
  end(): void;
}

const PLAIN_EVERY_MS = 2_000;
const FORMAT = '{bar} {percentage}% · {value} of {total} rows · {rate} · {left} · {phase}';

/** A bar on a terminal; in a pipe or a log a plain line at every change of phase, and every two seconds. */
export function createProgressDisplay(out: NodeJS.WriteStream): ProgressDisplay {
  return out.isTTY ? createBar(out) : createPlain(out);
}

function createBar(stream: NodeJS.WriteStream): ProgressDisplay {
  const bar = new SingleBar({ format: FORMAT, stream, hideCursor: true }, Presets.shades_classic);
  let started = false;
  return {
    show(view) {
      if (!started) bar.start(view.totalRows, 0, payload(view));
      started = true;
      bar.setTotal(view.totalRows);
      bar.update(view.processedRows, payload(view));
    },
    end: () => bar.stop(),
  };
}

function createPlain(out: NodeJS.WritableStream): ProgressDisplay {
  let phase = '';
  let shown = 0;
  return {
    show(view) {
      const isNews = view.phase !== phase || Date.now() - shown >= PLAIN_EVERY_MS;
      if (!isNews) return;
      phase = view.phase;
      shown = Date.now();
      out.write(`${plainLine(view)}\n`);
    },
    end: () => undefined,
  };
}

/** Only what is known: before a file is read there are no rows, and at its end nothing is left. */
function plainLine(view: ImportView): string {
  const { rowsPerSecond, etaSeconds } = view.progress;
  const { rate, left } = payload(view);
  const parts = [
    view.totalRows > 0 ? `${view.phase}: ${view.processedRows} of ${view.totalRows} rows` : view.phase,
    ...(rowsPerSecond === null ? [] : [rate]),
    ...(etaSeconds === null || view.phase === 'done' ? [] : [left]),
  ];
  return parts.join(' · ');
}

function payload({ progress, phase }: ImportView): { rate: string; left: string; phase: string } {
  const { rowsPerSecond, etaSeconds } = progress;
  const rate = rowsPerSecond === null ? '– rows/s' : `${Math.round(rowsPerSecond).toLocaleString('en')} rows/s`;
  return { rate, left: etaSeconds === null ? '– left' : `${duration(etaSeconds)} left`, phase };
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
