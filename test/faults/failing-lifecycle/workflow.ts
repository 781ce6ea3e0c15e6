import { condition, setHandler } from '@temporalio/workflow';
import type { CommandResult } from '../../../src/domain/booking-command.ts';
import { type BookingInput, changeStatusUpdate } from '../../../workflows/booking-messages.ts';

/** Stands in for the real one, and fails every task that holds an update until the moment that its booking's id names. */
export async function BookingLifecycleWorkflow({ bookingId }: BookingInput): Promise<void> {
  const well = Number(bookingId.split('-')[1]);
  setHandler(changeStatusUpdate, (): CommandResult => {
    if (Date.now() < well) throw new Error('a plain error fails the task');
    return { ok: true, status: 'IN_PROGRESS', version: 2 };
  });
  await condition(() => false);
}
