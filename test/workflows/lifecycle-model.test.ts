import fc from 'fast-check';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { type Ground, openRealGround, openSkippingGround } from './lifecycle-model/grounds.ts';
import { playSequence } from './lifecycle-model/play.ts';
import { openStage } from './lifecycle-model/stage.ts';
import { given, stepsFor } from './lifecycle-model/steps.ts';

// `npm run test:model` plays 500 sequences. One that failed: with MODEL_SEED and MODEL_PATH as its failure tells them.
const RUNS = Number(process.env.MODEL_RUNS ?? 20);
const SEED = process.env.MODEL_SEED ? Number(process.env.MODEL_SEED) : undefined;
/** A server keeps each history that it has seen, in memory. */
const RUNS_PER_STAGE = 100;

describe('a booking’s lifecycle', function () {
  this.timeout(RUNS * 10_000 + 300_000);
  before(() => quietRuntime());

  const skipped = Math.ceil(RUNS * 0.75);
  it(`is as a simple model has it, in ${skipped} random sequences in which time passes`, () =>
    playMany(openSkippingGround, skipped));

  it(`is as a simple model has it, in ${RUNS - skipped} random sequences on a server like production’s`, () =>
    playMany(openRealGround, RUNS - skipped));
});

async function playMany(openGround: () => Promise<Ground>, runs: number): Promise<void> {
  const began = Date.now();
  let stage = await openStage(await openGround());
  let played = 0;
  const renewStage = async () => {
    await stage.close();
    stage = await openStage(await openGround());
  };
  const property = fc.asyncProperty(given, stepsFor(stage), async (booking, sequence) => {
    // What a failed one left open must not keep the clock from moving while a smaller sequence is looked for.
    await playSequence(stage, booking, sequence).catch((error) => renewStage().then(() => Promise.reject(error)));
    played += 1;
    if (played % RUNS_PER_STAGE > 0) return;
    process.stdout.write(`      ${played} sequences, ${Math.round((Date.now() - began) / 1_000)} s\n`);
    await renewStage();
  });
  await fc.assert(property, { numRuns: runs, seed: SEED, path: process.env.MODEL_PATH }).finally(() => stage.close());
}
