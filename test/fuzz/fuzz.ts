import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisioning } from '../../src/embedded/provision.ts';
import { provisionSchemathesis } from '../../src/embedded/provision-schemathesis.ts';
import type { TokenClaims } from '../../src/local-keys.ts';
import type { Stack } from '../support/stack.ts';
import { type Document, fuzzDocument } from './fuzz-document.ts';
import { addKnown, advisorOf, openFuzzStack } from './fuzz-stack.ts';
import { type FuzzOutcome, runSchemathesis } from './run-schemathesis.ts';

// `npm run test:fuzz`: calls that the OpenAPI document allows, and calls that it doesn't, as each kind of caller, against
// a stack of its own. FUZZ_EXAMPLES: about so many a caller; FUZZ_SEED repeats a run.

const EXAMPLES = Number(process.env.FUZZ_EXAMPLES ?? 2_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
/** The edges of every parameter are some 2,500 calls of an admin: too many for a run of two minutes. */
const PHASES = EXAMPLES >= 1_000 ? 'examples,coverage,fuzzing' : 'examples,fuzzing';

const LIMIT = ['DLR001', 'DLR002', 'DLR003', 'DLR004'];
const CALLERS: Record<string, TokenClaims> = {
  admin: { sub: 'alice', role: 'admin' },
  advisor: { sub: advisorOf('advisor'), role: 'advisor' },
  'dealer-limited admin': { sub: 'lena', role: 'admin', dealers: LIMIT },
};

const tally = { passed: 0, failed: 0 };
process.once('exit', () => {
  if (tally.failed > 0 || tally.passed === 0) process.exitCode ||= 1;
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
});

async function main(): Promise<void> {
  const program = await provisionSchemathesis(provisioning(process.env));
  const stack = await openFuzzStack();
  try {
    const served = (await (await fetch(`${stack.apiUrl}/openapi.json`)).json()) as Document;
    for (const name of Object.keys(CALLERS)) await fuzzAs(name, { program, stack, served });
  } finally {
    await stack.close();
  }
}

async function fuzzAs(name: string, { program, stack, served }: { program: string; stack: Stack; served: Document }) {
  const claims = CALLERS[name] as TokenClaims;
  const [token, known] = await Promise.all([stack.token(claims), addKnown(stack, name.replaceAll(/\W/g, '-'), LIMIT)]);
  const { excluded, streams, ...document } = fuzzDocument(served, claims, known);
  const described = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
  const operations = described - excluded.length;
  const directory = await mkdtemp(join(tmpdir(), 'booking-import-fuzz-'));
  const started = Date.now();
  const run = { program, directory, apiUrl: stack.apiUrl, token, document, excluded, phases: PHASES, seed: SEED };
  const { outcomes, output } = await runSchemathesis({ ...run, examples: Math.ceil(EXAMPLES / operations) });
  await rm(directory, { recursive: true });
  for (const path of streams) outcomes.set(`GET ${path}`, await openStream(`${stack.apiUrl}${path}`, token));
  const calls = [...outcomes.values()].reduce((sum, outcome) => sum + outcome.calls, 0);
  const seconds = Math.round((Date.now() - started) / 1000);
  process.stdout.write(`\nas ${name}: ${calls} calls of ${outcomes.size} operations, ${seconds} s, seed ${SEED}\n`);
  const due = operations + streams.length;
  if (outcomes.size < due) throw new Error(`only ${outcomes.size} of ${due} were called`);
  const bad = [...outcomes].filter(([, outcome]) => !count(outcome));
  for (const [operation, outcome] of bad) process.stdout.write(`  ${operation}: ${reasonOf(outcome)}\n`);
  if (bad.length > 0) process.stdout.write(`${output}\nWhat the API says of it:\n${await errorsOf(stack)}\n`);
}

/** The lines of the API's log that tell of a surprise: what a 500 keeps to itself. */
async function errorsOf({ env }: Stack): Promise<string> {
  const log = await readFile(join(String(env.DATA_DIR), 'logs', 'api-0.log'), 'utf8');
  return log.split('\n').filter(isError).join('\n');
}

const isError = (line: string): boolean => /"level":[56]0/.test(line);

function count({ succeeded, faults }: FuzzOutcome): boolean {
  const isGood = succeeded > 0 && faults.length === 0;
  tally[isGood ? 'passed' : 'failed'] += 1;
  return isGood;
}

const reasonOf = ({ calls, faults }: FuzzOutcome): string =>
  faults.length > 0 ? [...new Set(faults)].join(', ') : `none of ${calls} calls succeeded`;

/** Schemathesis would wait for its end each time. */
async function openStream(url: string, token: string): Promise<FuzzOutcome> {
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${token}` };
  const { status } = await fetch(url, { headers, signal: leaving.signal });
  leaving.abort();
  return { calls: 1, succeeded: status === 200 ? 1 : 0, faults: [] };
}

await main().catch((error: Error) => {
  tally.failed += 1;
  process.stderr.write(`${error.stack ?? error.message}\n`);
});
