import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../config.ts';
import { baseUrl } from '../embedded/base-url.ts';
import { adminToken } from './admin-token.ts';
import { describeImport, exitCodeOf } from './describe-import.ts';
import { explainFailure } from './explain-failure.ts';
import { createImportClient } from './import-client.ts';
import { createProgressDisplay } from './progress-display.ts';
import { watchImport } from './watch-import.ts';

const USAGE = 'usage: npm run import -- FILE [--settings JSON] [--url URL] [--token T]';
const OPTIONS = { settings: { type: 'string' }, url: { type: 'string' }, token: { type: 'string' } } as const;

interface Order {
  file: string;
  settings: object;
  url?: string;
  token?: string;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${explainFailure(error)}\n`);
  return 2;
});

async function main(): Promise<number> {
  const order = readOrder();
  const config = loadConfigOrExit();
  const url = order.url ?? baseUrl(config.host, config.port);
  const client = createImportClient({ url, token: order.token ?? (await adminToken(config, process.env.USER)) });
  const { id } = await client.upload(order.file, order.settings);
  const display = createProgressDisplay(process.stdout);
  const view = await watchImport(client, id, display).finally(() => display.end());
  process.stdout.write(`${describeImport(view)}\n`);
  if (view.rows.failed > 0) process.stdout.write(`the failed rows: ${url}/api/admin/bookings/imports/${id}/errors\n`);
  return exitCodeOf(view);
}

function readOrder(): Order {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw new Error(USAGE);
  return { file, url: values.url?.replace(/\/$/, ''), token: values.token, settings: readSettings(values.settings) };
}

function readSettings(json = '{}'): object {
  try {
    const settings: unknown = JSON.parse(json);
    if (typeof settings === 'object' && settings !== null) return settings;
  } catch {
    // Said below.
  }
  throw new Error(`--settings is not a JSON object\n${USAGE}`);
}
