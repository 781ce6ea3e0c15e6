import assert from 'node:assert/strict';
import type { BookingWish, CommandResult } from '../../src/domain/booking-command.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { ASHA, addBooking, notificationsOf, trailOf } from '../support/bookings.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { waitFor } from '../support/wait-for.ts';
import { openRealGround } from './lifecycle-model/grounds.ts';
import { openStage, type Stage } from './lifecycle-model/stage.ts';

// `npm run test:long` makes 5,000 of them.
const CHANGES = Number(process.env.CHANGES ?? 1_000);
/** Ten in flight are the server's limit. */
const AT_ONCE = 8;
/** Every so many changes one is kept, to be sent again when another run has taken over. */
const KEPT = 10;
/** A run is full after some 150, of eight at once after twice as many; under load it overshoots. */
const MOST_A_RUN = 480;
const [SECOND_MS, DAY_MS] = [1_000, 86_400_000];

interface Made {
  commandId: string;
  wish: BookingWish;
  answer: CommandResult | 'UNKNOWN';
  runId: string;
}

describe('a lifecycle of many changes', function () {
  this.timeout(60_000 + CHANGES * 100);
  let stage: Stage;
  let id: string;
  const runs: string[] = [];
  const kept: Made[] = [];
  let repeated = 0;
  before(async () => {
    quietRuntime();
    stage = await openStage(await openRealGround(), { cached: true });
    id = await addBooking(stage.store, { status: 'ASSIGNED', advisorId: ASHA.id });
    await stage.lifecycles.start(id);
  });
  after(() => stage.close());

  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const wishOf = (n: number): BookingWish =>
    n % 4 === 0 ? { kind: 'reschedule', bookingDate: inMs((30 + n) * DAY_MS) } : { kind: 'addNote', note: `note ${n}` };

  async function make(n: number, runId: string): Promise<Made> {
    const wish = wishOf(n);
    const commandId = await stage.lifecycles.store(id, wish);
    const answer = await stage.lifecycles.apply({ bookingId: id, commandId, kind: wish.kind }, 30_000);
    if (n % KEPT === 0) kept.push({ commandId, wish, answer, runId });
    return { commandId, wish, answer, runId };
  }

  async function repeatThoseBefore(runId: string): Promise<void> {
    const before = kept.filter((one) => one.runId !== runId).slice(0, AT_ONCE);
    for (const one of before) {
      kept.splice(kept.indexOf(one), 1);
      const again = { bookingId: id, commandId: one.commandId, kind: one.wish.kind };
      assert.deepEqual(await stage.lifecycles.apply(again, 30_000), one.answer);
      repeated += 1;
    }
  }

  it(`makes each of ${CHANGES} once, from run to run, and answers an older one as it did then`, async () => {
    const versions: number[] = [];
    for (let n = 0; n < CHANGES; n += AT_ONCE) {
      const { runId } = await stage.client.workflow.getHandle(bookingWorkflowId(id)).describe();
      if (runs.at(-1) !== runId) runs.push(runId);
      await repeatThoseBefore(runId);
      const count = Math.min(AT_ONCE, CHANGES - n);
      const made = await Promise.all(Array.from({ length: count }, (_, k) => make(n + k, runId)));
      for (const { answer } of made) if (answer !== 'UNKNOWN' && answer.ok) versions.push(answer.version);
    }
    const inOrder = versions.sort((one, other) => one - other);
    assert.deepEqual(
      inOrder,
      Array.from({ length: CHANGES }, (_, n) => n + 2),
    );
    assert.equal((await trailOf(stage.store, id)).length, CHANGES);
    assert.ok(runs.length > CHANGES / MOST_A_RUN, `${runs.length} runs`);
    assert.equal(new Set(runs).size, runs.length);
    assert.ok(repeated >= CHANGES / KEPT - MOST_A_RUN / KEPT, `${repeated} repeated`);
    process.stdout.write(`      ${runs.length} runs, ${repeated} repeated\n`);
  });

  it('still acts by its timers after all of them', async () => {
    const told = async () => (await notificationsOf(stage.store, id)).filter(({ kind }) => kind === 'REMINDER').length;
    const asked = await stage.lifecycles.ask(id, 5_000);
    assert.deepEqual([asked?.version, asked?.nextDue?.kind], [CHANGES + 1, 'reminder']);
    assert.equal(await told(), 0);
    const soon: BookingWish = { kind: 'reschedule', bookingDate: inMs(DAY_MS + 2 * SECOND_MS) };
    await stage.lifecycles.send(id, soon);
    await waitFor(async () => (await told()) === 1);
    await waitFor(async () => (await stage.lifecycles.ask(id, 5_000))?.nextDue?.kind === 'noShow');
  });
});
