import assert from 'node:assert/strict';
import { parseBenchOptions } from './bench/bench-options.ts';
import { median, percentile } from './bench/figures.ts';

const wantedBy = (...args: string[]) => {
  const parsed = parseBenchOptions(args);
  assert.ok(parsed.ok);
  return parsed.value.scenarios;
};

describe("the bench's arguments", () => {
  it('want every scenario unless a part or one of them is picked', () => {
    const lifecycle = ['status-change', 'activation', 'full-speed', 'after-kill'];
    assert.deepEqual(wantedBy(), ['rows', 'small-files', ...lifecycle]);
    assert.deepEqual(wantedBy('--only', 'import', '--rows', '10'), ['rows', 'small-files']);
    assert.deepEqual(wantedBy('--only', 'lifecycle'), lifecycle);
    assert.deepEqual(wantedBy('--only', 'activation'), ['activation']);
  });

  it('give counts, or what they are when nobody says', () => {
    const parsed = parseBenchOptions(['--bookings', '300', '--seconds', '5']);
    assert.ok(parsed.ok);
    const { rows, runs, bookings, seconds } = parsed.value;
    assert.deepEqual({ rows, runs, bookings, seconds }, { rows: 100_000, runs: 3, bookings: 300, seconds: 5 });
  });

  for (const args of [
    ['--only', 'imports'],
    ['--rows', '1.5'],
    ['--runs', '0'],
    ['--seconds', 'x'],
    ['--speed', '1'],
  ])
    it(`are refused with the usage: ${args.join(' ')}`, () => {
      const parsed = parseBenchOptions(args);
      assert.ok(!parsed.ok);
      assert.match(parsed.message, /^npm run bench .*--only import\|lifecycle/);
    });
});

describe("the bench's figures", () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);

  it('are the nearest rank for a share, and the middle for a median', () => {
    assert.deepEqual([percentile(hundred, 0.99), percentile(hundred, 0.5), percentile([7], 0.99)], [99, 50, 7]);
    assert.deepEqual([median(hundred), median([3, 1, 2])], [50.5, 2]);
  });
});
