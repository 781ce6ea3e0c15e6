import fc from 'fast-check';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openRealGround, openSkippingGround } from './lifecycle-model/grounds.ts';
import { playSequence } from './lifecycle-model/play.ts';
import { openStage, type Stage } from './lifecycle-model/stage.ts';
import { given, type Mixture, stepsOf } from './lifecycle-model/steps.ts';

// `npm run test:model` plays 500 sequences. One that failed: --grep its kind, TEST_SEED and TEST_PATH as it tells them.
const RUNS = Number(process.env.MODEL_RUNS ?? 20);
/** A server keeps each history that it has seen, in memory. */
const RUNS_PER_STAGE = 100;
/** How long a smaller sequence is looked for: where nothing is answered any more, each try takes half a minute. */
const SHRINK_MS = 120_000;

describe('a booking’s lifecycle is as a simple model has it', function () {
  this.timeout(RUNS * 10_000 + 300_000);
  const closing: Promise<void>[] = [];
  before(() => quietRuntime());
  after(() => Promise.all(closing));

  const kinds: [string, number, Mixture, () => Promise<Stage>][] = [
    [
      'while time passes and calls fail',
      Math.ceil(RUNS * 0.4),
      { moves: true, fails: true },
      async () => openStage(await openSkippingGround(), { cached: true }),
    ],
    [
      'while time passes and workers come and go',
      Math.ceil(RUNS * 0.4),
      { moves: true, fails: false },
      // This server never takes back a task that waits for the one worker which has its workflow cached.
      async () => openStage(await openSkippingGround(), { cached: false }),
    ],
    [
      'on a server like production’s, while workers come and go',
      RUNS - 2 * Math.ceil(RUNS * 0.4),
      { moves: false, fails: false },
      async () => openStage(await openRealGround(), { cached: true }),
    ],
  ];
  for (const [kind, runs, mixture, open] of kinds)
    it(`${kind}: ${runs} random sequences`, async () => {
      const stage = await playMany(runs, mixture, open);
      closing.push(stage.calm().then(stage.close));
    });
});

/** Gives the stage that is left. */
async function playMany(runs: number, mixture: Mixture, open: () => Promise<Stage>): Promise<Stage> {
  const began = Date.now();
  let played = 0;
  let failedAt = Number.POSITIVE_INFINITY;
  let stage = await open();
  const renewStage = async () => {
    await stage.close();
    stage = await open();
  };
  const property = fc.asyncProperty(given, stepsOf(mixture), async (booking, steps) => {
    if (Date.now() - failedAt > SHRINK_MS) return;
    await playSequence(stage, booking, steps).catch(async (error) => {
      failedAt = Math.min(failedAt, Date.now());
      // What it left open must not keep the clock from moving while a smaller sequence is looked for.
      await renewStage();
      throw error;
    });
    played += 1;
    if (played % RUNS_PER_STAGE > 0) return;
    process.stdout.write(`      ${played} sequences, ${Math.round((Date.now() - began) / 1_000)} s\n`);
    await stage.calm();
    await renewStage();
  });
  await fc.assert(property, { numRuns: runs }).catch(async (error) => {
    await stage.close();
    throw error;
  });
  return stage;
}
