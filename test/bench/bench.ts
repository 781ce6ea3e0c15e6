import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchOptions, parseBenchOptions, type ScenarioName } from './bench-options.ts';
import type { Scenario } from './scenario.ts';
import { activation } from './scenarios/activation.ts';
import { afterKill } from './scenarios/after-kill.ts';
import { fullSpeed } from './scenarios/full-speed.ts';
import { imports } from './scenarios/imports.ts';
import { smallImports } from './scenarios/small-imports.ts';
import { statusChange } from './scenarios/status-change.ts';
import { openServers } from './servers.ts';

// `npm run bench [-- --only lifecycle …]`: the numbers of the README's tables, one JSON line each. What is compared
// runs in turn, in the same minutes, on the same servers with the settings of `npm start`: read the ratios.

const SCENARIOS: Record<ScenarioName, Scenario> = {
  rows: imports,
  'small-files': smallImports,
  'status-change': statusChange,
  activation,
  'full-speed': fullSpeed,
  'after-kill': afterKill,
};

async function main(options: BenchOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'booking-import-bench-'));
  const servers = await openServers(directory);
  const say = (line: object) => console.log(JSON.stringify(line));
  try {
    for (const name of options.scenarios) await SCENARIOS[name]({ options, directory, say });
  } finally {
    await servers.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const options = parseBenchOptions(process.argv.slice(2));
if (!options.ok) {
  process.stderr.write(`${options.message}\n`);
  process.exit(64);
}
await main(options.value);
process.exit(0);
