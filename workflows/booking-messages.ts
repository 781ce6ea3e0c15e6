import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CommandResult } from '../src/domain/booking-command.ts';
import type { LifecycleState, TimerKind } from '../src/domain/lifecycle-timers.ts';
import type { BookingRole } from '../src/domain/transitions.ts';

export const BOOKING_WORKFLOW = 'BookingLifecycleWorkflow';

/** What a run hands to its successor; JSON alone survives that. */
export interface CarriedBooking {
  schemaVersion: 1;
  state: LifecycleState;
}
export interface BookingInput {
  bookingId: string;
  carried?: CarriedBooking;
  /** The run before had notifications to tell when it was full. */
  untold?: boolean;
}

/** When the next timer acts; ISO 8601. */
export interface NextDue {
  kind: TimerKind;
  at: string;
}
export interface BookingLifecycle extends LifecycleState {
  nextDue: NextDue | null;
  /** For an admin; the query `allowedActions` tells another role's. */
  allowedActions: string[];
}

/** Each takes the id of a stored command and answers with what became of it; done again it gives the same answer. */
export const changeStatusUpdate = defineUpdate<CommandResult, [string]>('changeStatus');
export const assignUpdate = defineUpdate<CommandResult, [string]>('assign');
export const rescheduleUpdate = defineUpdate<CommandResult, [string]>('reschedule');
export const addNoteUpdate = defineUpdate<CommandResult, [string]>('addNote');

/** A stored command that nobody waits for, and when it happened: those that arrive together are applied in that order. */
export const statusUpdateSignal = defineSignal<[commandId: string, occurredAt: string]>('statusUpdate');
/** Postgres was changed behind the workflow: read it again, so that the timers follow. */
export const refreshSignal = defineSignal('refresh');

/** undefined: not read yet; null: the booking is gone. The clock in it is the last task's. */
export const stateQuery = defineQuery<BookingLifecycle | null | undefined>('state');
export const nextDueQuery = defineQuery<NextDue | null>('nextDue');
export const allowedActionsQuery = defineQuery<string[], [role?: BookingRole]>('allowedActions');
