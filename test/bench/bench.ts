import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { freePort } from '../../src/embedded/free-port.ts';
import { startPostgres } from '../../src/embedded/postgres.ts';
import { createEmptyDatabase } from '../support/postgres.ts';
import { withStack } from '../support/stack.ts';
import { writeBookingsFile } from './bookings-file.ts';
import { copyFloor } from './copy-floor.ts';
import { timeImport, timeSmallImports } from './own-import.ts';

// `npm run bench [-- --rows 100000 --runs 3]`: the numbers of the README's table, one JSON line each. Peer, floor and
// we run in turn in the same minutes on the same PostgreSQL with the settings of `npm start`: read the ratios.

const execute = promisify(execFile);
const say = (line: object) => console.log(JSON.stringify(line));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '100000' }, runs: { type: 'string', default: '3' } },
  });
  const rows = Number(values.rows);
  const directory = await mkdtemp(join(tmpdir(), 'booking-import-bench-'));
  const postgres = await startPostgres({
    directory: join(directory, 'postgres'),
    logFile: join(directory, 'postgres.log'),
  });
  process.env.TEST_POSTGRES_URL = postgres.adminUrl;
  const redis = await startRedis(directory);
  try {
    const file = join(directory, 'bookings.csv');
    const bad = await writeBookingsFile(file, { rows, badPercent: 5, seed: 7 });
    const figures = { peer: [] as number[], own: [] as number[], floor: [] as number[] };
    for (let run = 1; run <= Number(values.runs); run += 1) {
      figures.peer.push(await runPeer(file, redis.url, run));
      figures.own.push(await runOwn(file, { rows, bad, run }));
      figures.floor.push(await runFloor(file, run));
    }
    const [peer, own, floor] = [median(figures.peer), median(figures.own), median(figures.floor)];
    say({
      what: 'import',
      rows,
      runs: Number(values.runs),
      rowsPerSecond: { peer, own, floor },
      timesPeer: ratio(own, peer),
      timesFloor: ratio(own, floor),
    });
    await runSmall();
  } finally {
    redis.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function runPeer(file: string, redisUrl: string, run: number): Promise<number> {
  const database = await createEmptyDatabase();
  const script = new URL('./peer-import.ts', import.meta.url).pathname;
  const { stdout } = await execute(process.execPath, ['--import', 'tsx', script, file, database.url, redisUrl]);
  await database.drop();
  const result = JSON.parse(stdout) as {
    rows: number;
    written: number;
    failed: number;
    seconds: number;
    megabytes: number;
  };
  const rowsPerSecond = Math.round(result.rows / result.seconds);
  say({ what: 'peer', run, ...result, rowsPerSecond });
  return rowsPerSecond;
}

async function runOwn(file: string, { rows, bad, run }: { rows: number; bad: number; run: number }): Promise<number> {
  const stack = await withStack({ env: { MAX_UPLOAD_BYTES: String(1 << 30) } });
  try {
    await timeSmallImports(stack, 3);
    const timed = await timeImport(stack, file);
    if (timed.created !== rows - bad || timed.failed !== bad) throw new Error(`wrong counts: ${JSON.stringify(timed)}`);
    const rowsPerSecond = Math.round(rows / timed.seconds);
    say({ what: 'own', run, ...timed, rowsPerSecond });
    return rowsPerSecond;
  } finally {
    await stack.close();
  }
}

async function runFloor(file: string, run: number): Promise<number> {
  const database = await createEmptyDatabase();
  const result = await copyFloor(file, database.url);
  await database.drop();
  const rowsPerSecond = Math.round(result.rows / result.seconds);
  say({ what: 'floor', run, ...result, rowsPerSecond });
  return rowsPerSecond;
}

async function runSmall(): Promise<void> {
  const stack = await withStack();
  try {
    const seconds = await timeSmallImports(stack, 10);
    const sorted = seconds.toSorted((a, b) => a - b);
    say({
      what: 'ten rows, upload to visible',
      runs: 10,
      seconds: { min: sorted[0], median: median(seconds), max: sorted.at(-1) },
    });
  } finally {
    await stack.close();
  }
}

async function startRedis(directory: string): Promise<{ url: string; stop(): void }> {
  const port = await freePort();
  const args = ['--port', String(port), '--dir', directory, '--save', '', '--bind', '127.0.0.1'];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  await new Promise<void>((resolve, reject) => {
    server.once('spawn', resolve);
    server.once('error', () =>
      reject(new Error('the peer needs redis-server on the PATH (Debian: apt-get install redis-server)')),
    );
  });
  return { url: `redis://127.0.0.1:${port}`, stop: () => void server.kill() };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const ratio = (a: number, b: number) => Math.round((a / b) * 100) / 100;

await main();
process.exit(0);
