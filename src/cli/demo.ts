import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXPECTED } from '../../fixtures/expected.ts';
import { type Config, loadConfigOrExit } from '../config.ts';
import type { ImportView } from '../domain/import.ts';
import { projectRoot } from '../embedded/project-root.ts';
import { runStack } from '../embedded/run-stack.ts';
import type { StackUrls } from '../embedded/supervisor.ts';
import { signToken } from '../local-keys.ts';
import { describeImport } from './describe-import.ts';
import { createImportClient, type ImportClient } from './import-client.ts';
import { judgeDemo } from './judge-demo.ts';
import { createProgressDisplay } from './progress-display.ts';
import { watchImport } from './watch-import.ts';

// `npm run demo`: boots everything and imports a file of 2,000 rows the way an admin would.

const SAMPLE = 'sample_large_import.csv';
const say = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({ options: { exit: { type: 'boolean', default: false } } });
const config = loadConfigOrExit();
await runStack({ config, env: process.env, onReady: (urls) => demonstrate(config, urls) });

async function demonstrate({ dataDir, auth }: Config, urls: StackUrls): Promise<number | undefined> {
  const token = await signToken({ dataDir, auth }, { sub: 'demo', role: 'admin' });
  const client = createImportClient({ url: urls.api, token });
  const earlier = (await client.list()).filter((view) => view.fileName === SAMPLE && !view.dryRun);
  const view = await importSample(client);
  say(`\n${describeImport(view)}`);
  if (view.rows.failed > 0)
    say(`the failed rows, to correct and upload again: ${await saveReport(client, view, dataDir)}`);
  const verdict = judgeDemo(view, { expected: EXPECTED[SAMPLE], earlier });
  say(verdict.text);
  sayPlaces(urls);
  if (values.exit) return verdict.isRight ? 0 : 1;
  say('\nCtrl-C stops it; `npm start` brings it back with its data');
  return undefined;
}

async function importSample(client: ImportClient): Promise<ImportView> {
  say(`\nuploading fixtures/${SAMPLE} as an admin would`);
  // Run again on the same data, the demo shows what a second upload does: every row is there already.
  const { id } = await client.upload(join(projectRoot(), 'fixtures', SAMPLE), { allowSameFile: true });
  const display = createProgressDisplay(process.stdout);
  return watchImport(client, id, display).finally(() => display.end());
}

async function saveReport(client: ImportClient, { id }: ImportView, dataDir: string): Promise<string> {
  const path = join(dataDir, `errors-${id}.csv`);
  await writeFile(path, await client.errorReport(id));
  return path;
}

function sayPlaces({ api, portal, temporalUi, database }: StackUrls): void {
  say(`\nportal:    ${portal}\nREST API:  ${api}\ndatabase:  ${database}`);
  if (temporalUi) say(`workflows: ${temporalUi}`);
}
