import assert from 'node:assert/strict';
import { bookingWorkflowId } from '../../../src/lifecycle-link.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type BookingModel, changeBehind, command, pass, read, untilDecided } from './booking-model.ts';
import {
  inAppliedOrder,
  inOccurredOrder,
  type Play,
  type Sent,
  send,
  sendAll,
  sendCopies,
  store,
  storeOnce,
} from './commands.ts';
import { openPlay } from './given-booking.ts';
import { isQuiet, look, settle } from './observe.ts';
import type { Stage } from './stage.ts';
import { type Given, HOUR, OFF_THE_HOUR, type Step } from './steps.ts';

/** Beyond every date and deadline. */
const TO_THE_END: Step = { step: 'move', hours: 2_500 };

/** Plays a sequence with a booking of its own; rejects as soon as the booking isn't as the model has it. */
export async function playSequence(stage: Stage, given: Given, steps: Step[]): Promise<void> {
  const play = await openPlay(stage, given);
  for (const [n, step] of [...steps, ...(stage.skips ? [TO_THE_END] : [])].entries()) {
    await playStep(play, step).catch((error: Error) => {
      error.message = `step ${n}, ${JSON.stringify(step)}: ${error.message}`;
      throw error;
    });
  }
  await close(play);
}

async function playStep(play: Play, step: Step): Promise<void> {
  const { stage, id } = play;
  pass(play.model, await stage.now());
  const courses = await act(play, step);
  for (const course of courses) pass(course, await stage.now());
  play.model = await settle(stage, id, courses);
}

/** Does a step, and gives what may come of it. */
async function act(play: Play, step: Step): Promise<BookingModel[]> {
  const { stage, model } = play;
  switch (step.step) {
    case 'send': {
      const sent = await store(play, step.ask, step.doors[0] === 'signal');
      await sendCopies(play, sent, step.doors);
      return [after(model, [sent])];
    }
    case 'together':
      return sendTogether(play, step);
    case 'away':
      return sendWhileAway(play, step);
    case 'repeat': {
      const sent = play.sent[step.nth % play.sent.length];
      if (!sent) return [model];
      assert.equal((await storeOnce(play, sent.command, sent.key)).id, sent.stored.id);
      await sendCopies(play, sent, step.doors);
      return [after(model, [sent])];
    }
    case 'refresh':
      await refresh(play);
      return [model];
    case 'behind':
      await writeBehind(play, step.change);
      if (step.told) await refresh(play);
      return [model];
    case 'move':
      await stage.move(untilDecided(model, step.hours * HOUR) - model.now);
      return [model];
    case 'restart':
      return restart(play, step);
    case 'trouble':
      stage.makeTrouble(step.when, step.calls);
      return [model];
    case 'terminate':
      if (model.known) await terminate(play);
      model.known = null;
      return [model];
  }
}

async function sendTogether(play: Play, { asks }: Extract<Step, { step: 'together' }>): Promise<BookingModel[]> {
  const sendings = await Promise.all(
    asks.map(async ({ ask, door }) => ({ sent: await store(play, ask, door === 'signal'), door })),
  );
  await sendAll(play, sendings);
  const sent = sendings.map((one) => one.sent);
  return courses(play.model, await inAppliedOrder(play, sent));
}

async function sendWhileAway(play: Play, step: Extract<Step, { step: 'away' }>): Promise<BookingModel[]> {
  const { stage, id, model } = play;
  await stage.stopWorker();
  const sent = await Promise.all(step.asks.map((ask) => store(play, ask, true)));
  if (step.refresh) await stage.lifecycles.refresh(id);
  for (let copy = 0; copy < step.copies; copy += 1) for (const one of sent) await send(play, one, 'signal');
  await stage.startWorker();
  return [after(model, inOccurredOrder(sent))];
}

async function restart(play: Play, { under }: Extract<Step, { step: 'restart' }>): Promise<BookingModel[]> {
  const { stage, model } = play;
  const sent = under && (await store(play, under, false));
  const sending = sent && sendCopies(play, sent, ['update', 'update']);
  await stage.stopWorker();
  await stage.startWorker();
  await sending;
  return sent ? courses(model, [sent]) : [model];
}

async function refresh({ stage, id, model }: Play): Promise<void> {
  await stage.lifecycles.refresh(id);
  if (model.known) read(model);
}

async function writeBehind({ stage, id, model }: Play, change: Extract<Step, { step: 'behind' }>['change']) {
  const moved = 'status' in change ? change : { date: model.now + change.dateInHours * HOUR + OFF_THE_HOUR };
  await stage.store.run(
    `update bookings set status = coalesce($2, status), booking_date = coalesce($3, booking_date), version = version + 1
     where id = $1`,
    [id, 'status' in moved ? moved.status : null, 'date' in moved ? new Date(moved.date) : null],
  );
  changeBehind(model, moved);
}

function after(model: BookingModel, sent: Sent[]): BookingModel {
  for (const one of sent) command(model, one.command);
  return model;
}

/** What is due at once may come between two commands, or before a first one that a worker's end held up: all ways. */
function courses(model: BookingModel, [first, ...rest]: Sent[]): BookingModel[] {
  if (!first) return [model];
  const late = structuredClone(model);
  read(late);
  pass(late, late.now);
  return [model, late].flatMap((course) => courses(after(course, [first]), rest));
}

async function terminate({ stage, id }: Play): Promise<void> {
  // This server's clock stands still for ever once a workflow ends by force while a task of it is out.
  if (stage.skips) await waitFor(() => isQuiet(stage, id));
  await stage.client.workflow.getHandle(bookingWorkflowId(id)).terminate();
}

/** What must hold whatever the model says, then an end of its workflow: later sequences move the clock, too. */
async function close(play: Play): Promise<void> {
  const { stage, id, model, sent } = play;
  const { row, trail, answers } = await look(stage, id);
  const refusals = trail.filter((entry) => entry.startsWith('REFUSED')).length;
  assert.equal(row.version, 1 + trail.length - refusals + model.behind, 'a version for each change');
  assert.equal(Object.keys(answers).length, sent.length, 'a command for each that was sent');
  const refused = Object.values(answers).filter((answer) => answer?.ok === false).length;
  assert.equal(refused, refusals, 'an entry for each refusal');
  if (model.known) await terminate(play);
  const history = await stage.findHistory(id);
  if (history) await stage.replay(history);
}
