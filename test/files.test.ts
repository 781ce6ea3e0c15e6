import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInspector, inspectFile } from '../src/files.ts';
import { fileOf } from './readers/reading.ts';
import { textRow, workbook } from './readers/workbooks.ts';

const request = (path: string, more: object = {}) => ({ path, options: {}, sampleRows: 2, countAll: true, ...more });
const rows = (count: number) => `name,phone\n${'Asha,+91\n'.repeat(count)}`;

describe('an inspected file', () => {
  it('shows its facts, its header, its first rows and how many there are', async () => {
    assert.deepEqual(await inspectFile(request(fileOf(rows(1200)))), {
      ok: true,
      value: {
        facts: { type: 'csv', encoding: 'utf-8', delimiter: ',', sheet: null, sheets: [] },
        header: ['name', 'phone'],
        totalRows: 1200,
        rows: [
          { row: 1, line: 2, cells: ['Asha', '+91'] },
          { row: 2, line: 3, cells: ['Asha', '+91'] },
        ],
      },
    });
  });

  it('may be a workbook', async () => {
    const path = fileOf(await workbook({ rows: `${textRow('a')}${textRow('1')}` }));
    const result = await inspectFile(request(path));
    assert.ok(result.ok);
    assert.deepEqual([result.value.facts.sheet, result.value.totalRows], ['Sheet1', 1]);
  });

  it('is only read as far as its sample when nobody wants the count', async () => {
    const path = fileOf(`${rows(5000)}"never closed\nx,y\n`);
    const result = await inspectFile(request(path, { countAll: false }));
    assert.ok(result.ok);
    assert.equal(result.value.totalRows, 2);
    const counted = await inspectFile(request(path));
    assert.ok(!counted.ok);
    assert.equal(counted.failure.code, 'UNCLOSED_QUOTE');
  });

  it('that is refused answers the failure with its details', async () => {
    const result = await inspectFile(request(fileOf('')));
    assert.deepEqual(result, { ok: false, failure: { code: 'EMPTY_FILE', message: 'The file is empty.' } });
  });

  it('that is not there is an error, and the next file is inspected all the same', async () => {
    await assert.rejects(inspectFile(request('/nowhere/at/all.csv')), { code: 'ENOENT' });
    assert.ok((await inspectFile(request(fileOf(rows(1))))).ok);
  });

  it('does not delay what this process does meanwhile', async () => {
    const path = fileOf(rows(400_000));
    await inspectFile(request(fileOf(rows(1))));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const result = await inspectFile(request(path));
    delay.disable();
    assert.ok(result.ok);
    assert.equal(result.value.totalRows, 400_000);
    assert.ok(delay.percentile(90) / 1e6 < 100, `${delay.percentile(90) / 1e6} ms`);
  });

  it('with long cells gives a smaller sample, and still its count', async () => {
    const long = `a,b\n${`"${'x'.repeat(90_000)}",1\n`.repeat(50)}`;
    const result = await inspectFile(request(fileOf(long), { sampleRows: 100 }));
    assert.ok(result.ok);
    assert.deepEqual([result.value.rows.length, result.value.totalRows], [22, 50]);
  });

  it('of 100,000 rows needs little memory', async () => {
    const inspect = createInspector({ heapMegabytes: 40, milliseconds: 60_000, threads: 1 });
    const row = `S7-0000001,Zoë Brontë,+919812345678,"c1, x@example.com",DLR001,2027-03-04T10:00:00+05:30,Nexon XZ+,,,walk-in`;
    const path = fileOf(`a,b,c,d,e,f,g,h,i,j\n${`${row}\n`.repeat(100_000)}`);
    const result = await inspect(request(path));
    assert.ok(result.ok);
    assert.equal(result.value.totalRows, 100_000);
  });

  it('that needs more memory than a thread has is FILE_TOO_COMPLEX, and this process lives on', async () => {
    const inspect = createInspector({ heapMegabytes: 24, milliseconds: 60_000, threads: 1 });
    const wide = fileOf(`a\n${','.repeat(9_000_000)}x\n`);
    const result = await inspect(request(wide));
    assert.ok(!result.ok);
    assert.equal(result.failure.code, 'FILE_TOO_COMPLEX');
    assert.ok((await inspect(request(fileOf(rows(1))))).ok);
  });

  it('that takes too long is FILE_TOO_COMPLEX', async () => {
    const inspect = createInspector({ heapMegabytes: 256, milliseconds: 5, threads: 1 });
    const result = await inspect(request(fileOf(rows(300_000))));
    assert.ok(!result.ok);
    assert.equal(result.failure.code, 'FILE_TOO_COMPLEX');
  });

  it('waits its turn when all threads are busy', async () => {
    const inspect = createInspector({ heapMegabytes: 256, milliseconds: 60_000, threads: 1 });
    const results = await Promise.all([5, 6, 7].map((count) => inspect(request(fileOf(rows(count))))));
    assert.deepEqual(
      results.map((result) => result.ok && result.value.totalRows),
      [5, 6, 7],
    );
  });

  it('is inspected under every way to start tsx, and lets the process end', () => {
    const url = JSON.stringify(new URL('../src/files.ts', import.meta.url).href);
    const script = fileOf(
      `import { inspectFile } from ${url};
      const result = await inspectFile(${JSON.stringify(request(fileOf(rows(3))))});
      console.log(result.ok && result.value.totalRows);`,
      'script.mts',
    );
    const root = new URL('..', import.meta.url);
    const cli = new URL('../node_modules/tsx/dist/cli.mjs', import.meta.url).pathname;
    for (const args of [
      ['--import', 'tsx', script],
      [cli, script],
    ]) {
      assert.equal(String(execFileSync(process.execPath, args, { cwd: root, timeout: 30_000 })).trim(), '3');
    }
  });
});
