import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import { openDeliveries } from './booking-deliveries.ts';
import { openBookingDesk } from './booking-desk.ts';
import type { BookingInput } from './booking-messages.ts';
import { keepTime } from './booking-timers.ts';

/**
 * A change costs twelve events, fourteen when it moves the status, six of them for telling people; of eight at once each
 * costs four. So about 150 of them, and room for what arrives while the run is drained.
 */
const FULL_EVENTS = 2_000;
/** While no worker delivers, a run isn't filled without end by changes: its successor tells what is left. */
const OVERFULL_EVENTS = 4_000;

/**
 * Who serialises a booking's changes and waits for its times, as long as it can still change. Postgres holds the
 * record; here are ids, a status and instants. It ignores being cancelled: a booking is cancelled in the portal, and one
 * without its workflow would miss its times until a reconcile.
 */
export async function BookingLifecycleWorkflow(input: BookingInput): Promise<void> {
  CancellationScope.current().cancelRequested.catch(() => log.warn('a cancel of this workflow is ignored'));
  await CancellationScope.nonCancellable(() => live(input));
}

async function live(input: BookingInput): Promise<void> {
  const { bookingId } = input;
  const deliveries = openDeliveries(bookingId, isFull);
  if (input.untold) deliveries.tell();
  const desk = openBookingDesk(input, deliveries.tell);
  const isDone = () => (desk.isOver() || isFull()) && (!deliveries.areUnderWay() || isOverfull());
  for (;;) {
    await keepTime(desk, isDone);
    await condition(allHandlersFinished);
    // From here on no await: what arrived in between would be lost with this run.
    if (!isDone() || !allHandlersFinished()) continue;
    const untold = deliveries.areLeft();
    if (desk.isOver() && !untold) return;
    await continueAsNew<typeof BookingLifecycleWorkflow>({ bookingId, carried: desk.carry(), untold });
  }
}

function isFull(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > FULL_EVENTS;
}

const isOverfull = (): boolean => workflowInfo().historyLength > OVERFULL_EVENTS;
