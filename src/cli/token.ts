import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../config.ts';
import { signToken } from '../local-keys.ts';

// `npm run token`: stdout carries the token and nothing else, so that a script can take it as it is.

const USAGE = 'usage: npm run token -- --role admin|advisor --sub WHO [--dealers DLR001,DLR002] [--ttl 8h]';

try {
  const { role, sub, dealers, ttl } = readOrder();
  const { dataDir, auth } = loadConfigOrExit();
  process.stdout.write(`${await signToken({ dataDir, auth }, { role, sub, dealers, ttl })}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}

function readOrder() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { role: text, sub: text, dealers: text, ttl: text } });
  const { role, sub, dealers, ttl } = values;
  if ((role !== 'admin' && role !== 'advisor') || !sub) throw new Error(USAGE);
  const codes = dealers?.split(',').map((code) => code.trim());
  if (codes?.includes('')) throw new Error(USAGE);
  return { role, sub, ttl, dealers: codes } as const;
}
