import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { createProgressDisplay } from '../../src/cli/progress-display.ts';
import { createImportView } from './import-view.ts';

describe('the progress of an import', () => {
  const view = createImportView({ created: 500, notAttempted: 1500 }, { phase: 'writing', status: 'PROCESSING' });
  const running = { ...view, progress: { rowsPerSecond: 1234.5, etaSeconds: 71.2, lastProgressAt: null } };

  it('is a plain line at a change of phase in a pipe, and none in between', () => {
    const out = new PassThrough();
    const display = createProgressDisplay(out as unknown as NodeJS.WriteStream);
    display.show(running);
    display.show(running);
    display.show({ ...running, phase: 'done' });
    display.end();
    const lines = String(out.read()).trimEnd().split('\n');
    assert.deepEqual(lines, [
      'writing: 500 of 2000 rows · 1,235 rows/s · 1 min 12 s left',
      'done: 500 of 2000 rows · 1,235 rows/s',
    ]);
  });

  it('is the phase alone while nothing is counted', () => {
    const out = new PassThrough();
    const display = createProgressDisplay(out as unknown as NodeJS.WriteStream);
    display.show({
      ...view,
      phase: 'parsing',
      totalRows: 0,
      progress: { rowsPerSecond: null, etaSeconds: null, lastProgressAt: null },
    });
    assert.equal(String(out.read()), 'parsing\n');
  });

  it('is a bar with rate and time left on a terminal', () => {
    const terminal = { isTTY: true, columns: 120, cursorTo: () => true, clearLine: () => true };
    const out = Object.assign(new PassThrough(), terminal);
    const display = createProgressDisplay(out as unknown as NodeJS.WriteStream);
    display.show(running);
    display.end();
    assert.match(String(out.read()), /█+.* 25% · 500 of 2000 rows · 1,235 rows\/s · 1 min 12 s left · writing/);
  });
});
