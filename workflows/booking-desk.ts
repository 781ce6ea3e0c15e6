import { ActivityFailure, ApplicationFailure, log, setHandler } from '@temporalio/workflow';
import type { CommandResult } from '../src/domain/booking-command.ts';
import type { LifecycleReading } from '../src/domain/lifecycle-reading.ts';
import { type Due, isOver, type LifecycleState, nextDue } from '../src/domain/lifecycle-timers.ts';
import { allowedActions } from '../src/domain/transitions.ts';
import { applyCommand, fireTimer, readLifecycle } from './booking-activities.ts';
import { openShowcase } from './booking-details.ts';
import {
  addNoteUpdate,
  allowedActionsQuery,
  assignUpdate,
  type BookingInput,
  type CarriedBooking,
  changeStatusUpdate,
  nextDueQuery,
  refreshSignal,
  rescheduleUpdate,
  stateQuery,
  statusUpdateSignal,
} from './booking-messages.ts';
import { openTurns } from './turns.ts';

export interface BookingDesk {
  due(): Due | null;
  isOver(): boolean;
  /** Does what a timer is for; false when it failed, or is still due. */
  fire(due: Due): Promise<boolean>;
  /** undefined: nothing was read yet, or the booking is gone. */
  carry(): CarriedBooking | undefined;
}

/**
 * Keeps what a booking's workflow knows, and takes what the outside wants of it: one thing at a time. `tell`: whenever
 * there are notifications that wait to be delivered.
 */
export function openBookingDesk({ bookingId, carried }: BookingInput, tell: () => void): BookingDesk {
  const inTurn = openTurns();
  const show = openShowcase();
  // undefined: not read yet; null: the booking is gone.
  let state: LifecycleState | null | undefined = carried?.schemaVersion === 1 ? carried.state : undefined;
  const due = () => (state ? nextDue(state, Date.now()) : null);
  const adopt = (found: LifecycleReading) => {
    state = found.state;
    if (state) show(state, due());
    if (found.untold > 0) tell();
  };

  const refresh = () => inTurn(async () => adopt(await readLifecycle(bookingId)));
  const apply = (commandId: string) =>
    inTurn(async (): Promise<CommandResult> => {
      const applied = await applyCommand(bookingId, commandId).catch(rethrowTyped);
      adopt(applied);
      return applied.result;
    });

  // First in turn: whatever arrived with the start comes after it.
  const opening = state ? inTurn(async () => adopt({ state: state ?? null, untold: 0 })) : refresh();
  opening.catch(tellOperator);

  for (const update of [changeStatusUpdate, assignUpdate, rescheduleUpdate, addNoteUpdate])
    setHandler(update, apply, { validator: refuseOtherThanIds, description: 'applies a stored command, by its id' });
  const arrived: Arrived[] = [];
  setHandler(
    statusUpdateSignal,
    async (commandId, occurredAt) => {
      arrived.push({ commandId, occurredAt });
      // Each takes a turn, and in it the one that happened first, which need not be its own.
      await inTurn(async () => {
        const first = takeFirst(arrived);
        if (first) adopt(await applyCommand(bookingId, first.commandId).catch(rethrowTyped));
      }).catch(tellOperator);
    },
    { description: 'applies a stored command that nobody waits for' },
  );
  setHandler(refreshSignal, () => refresh().catch(tellOperator), {
    description: 'reads the booking from Postgres again',
  });

  const toNextDue = (found: Due | null) => found && { kind: found.kind, at: new Date(found.at).toISOString() };
  setHandler(nextDueQuery, () => toNextDue(due()), { description: 'which timer acts next, and when' });
  setHandler(allowedActionsQuery, (role = 'admin') => (state ? allowedActions(state.status, role) : []), {
    description: 'what an admin, or the given role, may do with it',
  });
  setHandler(
    stateQuery,
    () => state && { ...state, nextDue: toNextDue(due()), allowedActions: allowedActions(state.status, 'admin') },
    { description: 'what the workflow knows of its booking' },
  );

  return {
    due,
    isOver: () => state === null || (state !== undefined && isOver(state, Date.now())),
    fire: (wanted) =>
      inTurn(async () => {
        const now = due();
        if (!state || now?.kind !== wanted.kind || now.at !== wanted.at) return true;
        adopt(await fireTimer(bookingId, wanted.kind, state));
        const next = due();
        return next?.kind !== wanted.kind || next.at !== wanted.at;
      }).catch((error) => {
        tellOperator(error);
        return false;
      }),
    carry: () => (state ? { schemaVersion: 1, state } : undefined),
  };
}

interface Arrived {
  commandId: string;
  /** ISO 8601 in UTC, so its text sorts as its time. */
  occurredAt: string;
}

function takeFirst(arrived: Arrived[]): Arrived | undefined {
  const first = arrived.reduce<Arrived | undefined>(
    (earliest, one) => (earliest && earliest.occurredAt <= one.occurredAt ? earliest : one),
    undefined,
  );
  if (first) arrived.splice(arrived.indexOf(first), 1);
  return first;
}

/** Synchronous, since an asynchronous validator refuses nothing; it runs before any state is loaded. */
function refuseOtherThanIds(commandId: unknown): void {
  if (typeof commandId === 'string' && /^[\w-]{1,30}$/.test(commandId)) return;
  throw ApplicationFailure.nonRetryable('an update takes the id of a stored command', 'INVALID_COMMAND');
}

/** A plain error in a handler would wedge the workflow; only a failure with a code may leave it. */
function rethrowTyped(error: unknown): never {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type) throw cause;
  throw ApplicationFailure.nonRetryable('the change could not be applied; it stays in the store', 'NOT_APPLIED');
}

const tellOperator = (error: unknown): void =>
  log.warn('a step of the booking failed; reconciliation takes it up', { error: String(error) });
