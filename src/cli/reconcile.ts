import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../config.ts';
import type { Mended } from '../domain/reconcile.ts';
import { baseUrl } from '../embedded/base-url.ts';
import { adminToken } from './admin-token.ts';

// `npm run reconcile`: mends now what lies between Postgres and Temporal, and prints the counts as one line of JSON.

const OPTIONS = { url: { type: 'string' }, token: { type: 'string' } } as const;
const ANSWER_MS = 90_000;

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(
    `${error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message}\n`,
  );
  return 2;
});

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  const config = loadConfigOrExit();
  const url = values.url ?? baseUrl(config.host, config.port);
  const token = values.token ?? (await adminToken(config, process.env.USER));
  const answer = await fetch(new URL('/api/admin/reconcile', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const body = (await answer.json()) as Mended | { detail?: string };
  if (!answer.ok)
    throw new Error(`refused with ${answer.status}: ${'detail' in body ? body.detail : answer.statusText}`);
  process.stdout.write(`${JSON.stringify(body)}\n`);
  return 0;
}
