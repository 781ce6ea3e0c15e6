import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { Due } from '../src/domain/lifecycle-timers.ts';
import type { BookingDesk } from './booking-desk.ts';
import { TIMER_WORDS } from './booking-details.ts';

/** For a timer whose effect failed, or that is due again at once: once a minute, and not in a circle. */
const AGAIN_MS = 60_000;

/** Waits for the next of a booking's times and acts, until the booking's run is done. */
export async function keepTime(desk: BookingDesk, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    const due = desk.due();
    const hasMoved = () => isDone() || !isSame(desk.due(), due);
    if (due === null) await condition(hasMoved);
    else if (due.at > Date.now()) await untilDue(due, hasMoved);
    else if (!(await desk.fire(due))) await condition(hasMoved, AGAIN_MS);
  }
}

/** A change that moves the next instant ends the timer, any other leaves it: a timer costs two events. */
async function untilDue({ kind, at }: Due, hasMoved: () => boolean): Promise<void> {
  const scope = new CancellationScope();
  const summary = TIMER_WORDS[kind];
  await scope.run(() => Promise.race([sleep(at - Date.now(), { summary }), condition(hasMoved)]));
  scope.cancel();
}

const isSame = (a: Due | null, b: Due | null) => a?.kind === b?.kind && a?.at === b?.at;
