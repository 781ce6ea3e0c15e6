import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportView } from '../../src/domain/import.ts';
import { type HealthWatch, watchHealth } from '../support/health-watch.ts';
import { forgetPeak, peakMegabytes } from '../support/peak-memory.ts';
import { untilEnded, uploadForm } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { CSV_BOMBS } from './bombs/csv-bombs.ts';
import { slowness } from './bombs/slowness.ts';
import { type Bomb, ZIP_BOMBS } from './bombs/zip-bombs.ts';

const MOST_MEGABYTES = 512;
/** Where honest files are read as fast as they should be; where they take longer, so may these. */
const MOST_SECONDS = 10;
const MOST_HEALTH_MS = 200;

describe('a hostile file', function () {
  this.timeout(120_000);
  // What other processes take for a moment isn't taken again; what a bomb takes is.
  this.retries(2);
  let stack: Stack;
  let health: HealthWatch;
  const table = new Map<string, Figures>();
  before(async () => {
    stack = await withStack();
    health = watchHealth(`${stack.apiUrl}/healthz`);
  });
  after(async () => {
    console.log([...table.values()].map(toLine).join('\n'));
    await health.stop();
    await stack.close();
  });

  for (const bomb of [...ZIP_BOMBS, ...CSV_BOMBS]) {
    it(`of ${bomb.name} is ${bomb.refusedAs.length > 0 ? 'refused' : 'read'} by every door, within bounds`, async () => {
      const content = await bomb.make();
      assert.ok(content.length < 10_485_760, `${content.length} bytes may be uploaded`);
      const pids = [stack.api.pid, stack.worker?.pid ?? 0];
      for (const pid of pids) await forgetPeak(pid);
      await health.slowest();
      const ends = await throughEveryDoor(bomb, content);
      const [apiMegabytes, workerMegabytes] = await Promise.all(pids.map(peakMegabytes));
      const figures = { bomb, content, ends, apiMegabytes, workerMegabytes, healthMs: await health.slowest() };
      table.set(bomb.name, figures);
      await judge(figures);
    });
  }

  it('is bounded when three come at once', async () => {
    const hungry = CSV_BOMBS.find(({ name }) => name === 'a row of five million columns');
    const content = await hungry?.make();
    await forgetPeak(stack.api.pid);
    const codes = await Promise.all([1, 2, 3].map((n) => send('preview', content ?? Buffer.alloc(0), `${n}`)));
    assert.deepEqual(codes, ['read', 'read', 'read']);
    const peak = await peakMegabytes(stack.api.pid);
    assert.ok((peak ?? 0) < MOST_MEGABYTES, `${peak} MB`);
  });

  async function throughEveryDoor(bomb: Bomb, content: Buffer): Promise<End[]> {
    const ends: End[] = [];
    for (const door of ['preview', 'validate', 'import']) {
      const started = Date.now();
      const code = await send(door, content, bomb.name);
      ends.push({ door, code, seconds: (Date.now() - started) / 1000 });
    }
    return ends;
  }

  /** The code it was refused with, by the answer or by its import; `read` when it wasn't. */
  async function send(door: string, content: Buffer, name: string): Promise<string> {
    const response = await fetch(`${stack.apiUrl}/api/admin/bookings/${door}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.adminToken}` },
      body: uploadForm(new Blob([new Uint8Array(content)]), { allowSameFile: true }, name),
    });
    const body = (await response.json()) as ImportView & { code?: string };
    if (response.status !== 202) return body.code ?? 'read';
    const { status, reason } = await untilEnded(stack, body.id);
    return status === 'FAILED' ? (reason?.code ?? status) : 'read';
  }

  it('has written nothing outside of where uploads lie', async () => {
    const strange = (await readdir(tmpdir())).filter((name) => name.includes('evil'));
    assert.deepEqual(strange, []);
    assert.deepEqual(await readdir(join(tmpdir(), `booking-import-uploads-${stack.api.pid}`)), []);
  });
});

interface End {
  door: string;
  code: string;
  seconds: number;
}

interface Figures {
  bomb: Bomb;
  content: Buffer;
  ends: End[];
  apiMegabytes: number | null | undefined;
  workerMegabytes: number | null | undefined;
  healthMs: number;
}

async function judge({ bomb, ends, apiMegabytes, workerMegabytes, healthMs }: Figures): Promise<void> {
  const expected: string[] = bomb.refusedAs.length > 0 ? bomb.refusedAs : ['read'];
  for (const { door, code, seconds } of ends) {
    assert.ok(expected.includes(code), `${door}: ${code}`);
    if (seconds >= MOST_SECONDS) await judgeSlow(door, seconds);
  }
  for (const megabytes of [apiMegabytes, workerMegabytes])
    assert.ok((megabytes ?? 0) < MOST_MEGABYTES, `${megabytes} MB`);
  assert.ok(healthMs < MOST_HEALTH_MS, `/healthz took ${healthMs} ms`);
}

async function judgeSlow(door: string, seconds: number): Promise<void> {
  const times = await slowness();
  assert.ok(seconds < MOST_SECONDS * times, `${door}: ${seconds} s, where an honest file takes ${times} times as long`);
}

const toLine = ({ bomb, content, ends, apiMegabytes, workerMegabytes, healthMs }: Figures): string => {
  const seconds = ends.map((end) => end.seconds.toFixed(1)).join(' ');
  const codes = [...new Set(ends.map(({ code }) => code))].join();
  return `${bomb.name}: ${content.length} bytes, ${codes}, ${seconds} s, API ${apiMegabytes} MB, worker ${workerMegabytes} MB, /healthz ${Math.round(healthMs)} ms`;
};
