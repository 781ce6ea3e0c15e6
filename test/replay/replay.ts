import { workflowBundle } from '../../src/workflow-bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { HISTORIES, readRecorded } from './recorded-histories.ts';
import { replayHistories } from './replay-histories.ts';

// `npm run replay [-- FOLDER]`: every recorded history against today's workflow code; no server, no database. A folder
// may hold what `temporal workflow show --output json` gives of workflows that run in production.
quietRuntime();
const [folder = HISTORIES] = process.argv.slice(2);
const [bundle, recorded] = await Promise.all([workflowBundle('.data/cache'), readRecorded(folder)]);
let passed = 0;
for await (const { name, error } of replayHistories(bundle, recorded)) {
  if (!error) passed += 1;
  process.stdout.write(error ? `✘ ${name}: ${error.name}: ${error.message}\n` : `✔ ${name}\n`);
}
// What was not reached has not passed.
const failed = recorded.length - passed;
if (recorded.length === 0) process.stdout.write(`no history in ${folder}\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
