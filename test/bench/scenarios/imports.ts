import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createEmptyDatabase } from '../../support/postgres.ts';
import { withStack } from '../../support/stack.ts';
import { writeBookingsFile } from '../bookings-file.ts';
import { copyFloor } from '../copy-floor.ts';
import { median, ratio } from '../figures.ts';
import { timeImport, timeSmallImports } from '../own-import.ts';
import { startRedis } from '../redis.ts';
import type { Bench } from '../scenario.ts';

const execute = promisify(execFile);

interface Run {
  file: string;
  rows: number;
  bad: number;
  run: number;
  redisUrl: string;
  say: Bench['say'];
}

/** Rows a second of the peer, of us, and of the floor that nobody can beat. */
export async function imports({ options: { rows, runs }, directory, say }: Bench): Promise<void> {
  const redis = await startRedis(directory);
  try {
    const file = join(directory, 'bookings.csv');
    const bad = await writeBookingsFile(file, { rows, badPercent: 5, seed: 7 });
    const figures = { peer: [] as number[], own: [] as number[], floor: [] as number[] };
    for (let run = 1; run <= runs; run += 1) {
      const what: Run = { file, rows, bad, run, redisUrl: redis.url, say };
      figures.peer.push(await runPeer(what));
      figures.own.push(await runOwn(what));
      figures.floor.push(await runFloor(what));
    }
    const [peer, own, floor] = [median(figures.peer), median(figures.own), median(figures.floor)];
    const ratios = { timesPeer: ratio(own, peer), timesFloor: ratio(own, floor) };
    say({ what: 'import', rows, runs, rowsPerSecond: { peer, own, floor }, ...ratios });
  } finally {
    redis.stop();
  }
}

interface PeerResult {
  rows: number;
  written: number;
  failed: number;
  seconds: number;
  megabytes: number;
}

async function runPeer({ file, run, redisUrl, say }: Run): Promise<number> {
  const database = await createEmptyDatabase();
  const script = new URL('../peer-import.ts', import.meta.url).pathname;
  const { stdout } = await execute(process.execPath, ['--import', 'tsx', script, file, database.url, redisUrl]);
  await database.drop();
  const result = JSON.parse(stdout) as PeerResult;
  const rowsPerSecond = Math.round(result.rows / result.seconds);
  say({ what: 'peer', run, ...result, rowsPerSecond });
  return rowsPerSecond;
}

async function runOwn({ file, rows, bad, run, say }: Run): Promise<number> {
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

async function runFloor({ file, run, say }: Run): Promise<number> {
  const database = await createEmptyDatabase();
  const result = await copyFloor(file, database.url);
  await database.drop();
  const rowsPerSecond = Math.round(result.rows / result.seconds);
  say({ what: 'floor', run, ...result, rowsPerSecond });
  return rowsPerSecond;
}
