import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { keepRunning } from '../../src/embedded/keep-running.ts';

/** Something that runs until `fall` or `stop`. */
function createRunner() {
  let end: () => void = () => undefined;
  const exited = new Promise<void>((done) => {
    end = done;
  });
  return { exited, fall: () => end(), stop: async () => end() };
}

describe('what is kept running', () => {
  const lines: string[] = [];
  const options = { name: 'thing', report: (line: string) => lines.push(line), backoff: [1, 4] as [number, number] };
  beforeEach(() => {
    lines.length = 0;
  });

  it('is started again after it fell over', async () => {
    const started: ReturnType<typeof createRunner>[] = [];
    const events = new EventEmitter();
    const kept = await keepRunning(options, async (isRestart) => {
      const runner = createRunner();
      started.push(runner);
      events.emit(isRestart ? 'restart' : 'start');
      return runner;
    });
    const restarted = once(events, 'restart');
    kept.first.fall();
    await restarted;
    await kept.stop();
    assert.equal(started.length, 2);
  });

  it('is tried again, later and later, as long as it does not start', async () => {
    let tries = 0;
    const events = new EventEmitter();
    const up = once(events, 'up');
    const kept = await keepRunning(options, async () => {
      tries += 1;
      if (tries > 1 && tries < 5) throw new Error('not yet');
      if (tries === 5) events.emit('up');
      return createRunner();
    });
    kept.first.fall();
    await up;
    await kept.stop();
    const delays = lines.flatMap((line) => /again in ([\d.]+) s/.exec(line)?.[1] ?? []);
    assert.deepEqual(delays, ['0.001', '0.002', '0.004', '0.004']);
  });

  it('is not started again after it was stopped', async () => {
    let starts = 0;
    const kept = await keepRunning(options, async () => {
      starts += 1;
      return createRunner();
    });
    await kept.stop();
    assert.equal(starts, 1);
    assert.deepEqual(lines, []);
  });

  it('fails at once when its very first start fails', async () => {
    await assert.rejects(
      keepRunning(options, () => Promise.reject(new Error('no disk'))),
      /no disk/,
    );
  });
});
