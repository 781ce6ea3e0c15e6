import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pg from 'pg';
import type { ImportView } from '../../src/domain/import.ts';
import { identify } from '../../src/embedded/process-identity.ts';
import type { StackUrls } from '../../src/embedded/supervisor.ts';
import { keepLogs } from '../support/test-logs.ts';

const run = promisify(execFile);

export interface StackProcess {
  child: ChildProcess;
  pid: number;
  /** All of stdout, line by line. */
  stdout: string[];
  stderr(): string;
  /** Resolves with the line `ready`, rejects with stderr when the process ends before. */
  ready: Promise<StackUrls>;
  /** Resolves to the exit code when the process ends and its output is complete. */
  ended: Promise<number | null>;
}

const START = [process.execPath, '--import', 'tsx', 'src/start.ts'];

/** Runs `src/start.ts`, by itself or by another command that does. */
export function runStart(env: NodeJS.ProcessEnv, [program = '', ...args] = START): StackProcess {
  const all: NodeJS.ProcessEnv = { ...process.env, ...env, DATABASE_URL: '', TEMPORAL_ADDRESS: '' };
  const child = spawn(program, args, { env: all, stdio: 'pipe' });
  const stdout: string[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => {
    keepLogs(join(all.DATA_DIR ?? '', 'logs'));
    return code as number | null;
  });
  const ready = new Promise<StackUrls>((done, failed) => {
    createInterface(child.stdout).on('line', (line) => {
      stdout.push(line);
      if (line.startsWith('ready ')) done(JSON.parse(line.slice(6)) as StackUrls);
    });
    ended.then((code) => failed(new Error(`it ended with ${code} before it was ready:\n${stderr}`)));
  });
  ready.catch(() => undefined);
  return { child, pid: child.pid as number, stdout, stderr: () => stderr, ready, ended };
}

/** A process and everything below it, as what `identify` says of each. */
export async function treeOf(pid: number): Promise<Map<string, string>> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args=']);
  const rows = stdout.split('\n').flatMap((line) => {
    const [, own, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return own ? [{ own: Number(own), parent: Number(parent), args: args ?? '' }] : [];
  });
  const tree = new Map<string, string>();
  const collect = async (root: number): Promise<void> => {
    const row = rows.find(({ own }) => own === root);
    const identity = await identify(root);
    if (row && identity) tree.set(identity, row.args);
    for (const { own } of rows.filter(({ parent }) => parent === root)) await collect(own);
  };
  await collect(pid);
  return tree;
}

/** Those of a tree that still run. */
export async function survivors(tree: Map<string, string>): Promise<string[]> {
  const found: string[] = [];
  for (const [identity, args] of tree) {
    if ((await identify(Number(identity.split(' ')[0]))) === identity) found.push(args);
  }
  return found;
}

/** The pid of the first process of a tree whose command line holds `part`. */
export async function pidIn(pid: number, part: string): Promise<number> {
  for (const [identity, args] of await treeOf(pid)) if (args.includes(part)) return Number(identity.split(' ')[0]);
  throw new Error(`${part} does not run`);
}

/** Asks a stack's REST API for or about imports, as the admin of its portal link. */
export async function callImports(urls: StackUrls, path: string, init: RequestInit = {}): Promise<ImportView> {
  const headers = { authorization: `Bearer ${urls.portal.split('#token=')[1]}` };
  const answer = await fetch(`${urls.api}/api/admin/bookings${path}`, { ...init, headers });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as ImportView;
}

/** The first row that a stack's database gives. */
export async function askDatabase<T extends object>(urls: StackUrls, sql: string): Promise<T> {
  const client = new pg.Client(urls.database);
  // A server that is killed on purpose takes this connection along.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<T>(sql).finally(() => client.end());
  return rows[0] as T;
}

/** What an import has left in the tables: rows, different ids among them, audit rows. */
export const countImported = (urls: StackUrls, importId: string) =>
  askDatabase<{ n: number; ids: number; audits: number }>(
    urls,
    `select count(*)::int as n, count(distinct external_id)::int as ids,
       (select count(*)::int from booking_audit_logs where action = 'IMPORTED' and change_reason like '%${importId}') as audits
     from bookings where import_id = '${importId}'`,
  );
