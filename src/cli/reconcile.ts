import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../config.ts';
import { baseUrl } from '../embedded/base-url.ts';
import { adminToken } from './admin-token.ts';
import { explainFailure } from './explain-failure.ts';
import { createImportClient } from './import-client.ts';

// `npm run reconcile`: mends now what lies between Postgres and Temporal, and prints the counts as one line of JSON.

const OPTIONS = { url: { type: 'string' }, token: { type: 'string' } } as const;

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${explainFailure(error)}\n`);
  return 2;
});

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  const config = loadConfigOrExit();
  const url = values.url ?? baseUrl(config.host, config.port);
  const token = values.token ?? (await adminToken(config, process.env.USER));
  process.stdout.write(`${JSON.stringify(await createImportClient({ url, token }).reconcile())}\n`);
  return 0;
}
