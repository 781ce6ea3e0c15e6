import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { inTime } from '../../activities/in-time.ts';

describe('acting in time', () => {
  /** How many ms after the begin each of eight, at fifty a second, had its turn. */
  async function turns(waitMs: number, act: () => Promise<unknown> = async () => {}): Promise<number[]> {
    const began = performance.now();
    const at: number[] = [];
    await inTime(Array.from({ length: 8 }), { perSecond: 50, waitMs }, async () => {
      at.push(performance.now() - began);
      await act();
    });
    return at;
  }
  const last = (at: number[]) => at.at(-1) ?? 0;
  // Timers end a millisecond early, now and then.
  const SLACK_MS = 3;

  it('takes one after the other, evenly, from its turn on', async () => {
    const at = await turns(100);
    assert.ok((at[0] ?? 0) >= 100 - SLACK_MS, `${at}`);
    assert.ok(last(at) >= 100 + 7 * 20 - SLACK_MS, `${at}`);
  });

  it('catches up what is late at twice the rate, and not all at once', async () => {
    const at = await turns(-10_000);
    assert.ok(last(at) >= 7 * 10 - SLACK_MS, `${at}`);
  });

  it('waits for none that is slow before the next is due', async () => {
    const slow = 400;
    const began = performance.now();
    await turns(0, () => pause(slow));
    assert.ok(performance.now() - began < 4 * slow, 'one after the other they take eight times as long');
  });

  it('takes none after one has failed', async () => {
    const taken: number[] = [];
    const act = async (n: number) => {
      taken.push(n);
      if (n === 2) throw new Error('away');
    };
    await assert.rejects(inTime([0, 1, 2, 3, 4, 5], { perSecond: 50, waitMs: 0 }, act), /away/);
    // As long as all of them would have taken, and more.
    await turns(0);
    assert.ok(!taken.includes(5), `${taken}`);
  });
});
