import { parseArgs } from 'node:util';

/** The parts of the bench, and the scenarios of each in the order in which they run. */
export const PARTS = {
  import: ['rows', 'small-files'],
  lifecycle: ['status-change', 'activation', 'full-speed', 'after-kill'],
} as const;
export type ScenarioName = (typeof PARTS)[keyof typeof PARTS][number];

export interface BenchOptions {
  scenarios: readonly ScenarioName[];
  /** Of the file that is imported. */
  rows: number;
  /** Of whatever is done in turn: its figure is the median. */
  runs: number;
  /** Whose lifecycles are activated. */
  bookings: number;
  /** For which changes come at ten a second. */
  seconds: number;
}

type Parsed = { ok: true; value: BenchOptions } | { ok: false; message: string };

const NUMBERS = { rows: '100000', runs: '3', bookings: '10000', seconds: '60' };
type Name = keyof typeof NUMBERS;
const ALL: ScenarioName[] = Object.values(PARTS).flat();
const USAGE = `npm run bench [-- --only ${[...Object.keys(PARTS), ...ALL].join('|')} ${Object.entries(NUMBERS)
  .map(([name, value]) => `--${name} ${value}`)
  .join(' ')}]`;

/** Reads the command's arguments; every fault has the usage as its message. */
export function parseBenchOptions(args: string[]): Parsed {
  const values = readArgs(args);
  const scenarios = values && scenariosOf(values.only);
  if (!scenarios) return { ok: false, message: USAGE };
  const number = (name: Name) => Number(values[name] ?? NUMBERS[name]);
  const numbers = {
    rows: number('rows'),
    runs: number('runs'),
    bookings: number('bookings'),
    seconds: number('seconds'),
  };
  const areCounts = Object.values(numbers).every((count) => Number.isInteger(count) && count > 0);
  return areCounts ? { ok: true, value: { ...numbers, scenarios } } : { ok: false, message: USAGE };
}

function scenariosOf(only: string | undefined): readonly ScenarioName[] | undefined {
  if (only === undefined) return ALL;
  const part = Object.entries(PARTS).find(([name]) => name === only)?.[1];
  const scenario = ALL.find((name) => name === only);
  return part ?? (scenario && [scenario]);
}

const text = { type: 'string' } as const;

function readArgs(args: string[]) {
  try {
    return parseArgs({ args, options: { only: text, rows: text, runs: text, bookings: text, seconds: text } }).values;
  } catch {
    return undefined;
  }
}
