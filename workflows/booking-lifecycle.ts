import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import { type BookingDesk, openBookingDesk } from './booking-desk.ts';
import type { BookingInput } from './booking-messages.ts';
import { keepTime } from './booking-timers.ts';

/** A change costs some eight events: about 240 of them, and room for what arrives while the run is drained. */
const FULL_EVENTS = 2_000;

/**
 * Who serialises a booking's changes and waits for its times, as long as it can still change. Postgres holds the
 * record; here are ids, a status and instants. It ignores being cancelled: a booking is cancelled in the portal, and one
 * without its workflow would miss its times until a reconcile.
 */
export async function BookingLifecycleWorkflow({ bookingId, carried }: BookingInput): Promise<void> {
  const desk = openBookingDesk(bookingId, carried);
  CancellationScope.current().cancelRequested.catch(() => log.warn('a cancel of this workflow is ignored'));
  await CancellationScope.nonCancellable(() => live(bookingId, desk));
}

async function live(bookingId: string, desk: BookingDesk): Promise<void> {
  const isDone = () => desk.isOver() || isFull();
  for (;;) {
    await keepTime(desk, isDone);
    await condition(allHandlersFinished);
    // From here on no await: what arrived in between would be lost with this run.
    if (!isDone() || !allHandlersFinished()) continue;
    if (desk.isOver()) return;
    await continueAsNew<typeof BookingLifecycleWorkflow>({ bookingId, carried: desk.carry() });
  }
}

function isFull(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > FULL_EVENTS;
}
