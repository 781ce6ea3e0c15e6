import type { BenchOptions } from './bench-options.ts';

export interface Bench {
  options: BenchOptions;
  /** For files; it goes when the bench ends. */
  directory: string;
  /** Prints one JSON line. */
  say(line: object): void;
}

/** Measures one thing on servers that are up, and says what it found. */
export type Scenario = (bench: Bench) => Promise<void>;
