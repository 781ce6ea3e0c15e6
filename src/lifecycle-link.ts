import { setTimeout as after } from 'node:timers/promises';
import {
  Client,
  QueryNotRegisteredError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { BookingLifecycleWorkflow } from '../workflows/booking-lifecycle.ts';
import {
  addNoteUpdate,
  assignUpdate,
  BOOKING_WORKFLOW,
  type BookingLifecycle,
  changeStatusUpdate,
  refreshSignal,
  rescheduleUpdate,
  stateQuery,
  statusUpdateSignal,
} from '../workflows/booking-messages.ts';
import type { CommandKind, CommandResult } from './domain/booking-command.ts';
import { judgeUpdateError } from './lifecycle-answers.ts';

export interface SentCommand {
  bookingId: string;
  commandId: string;
  kind: CommandKind;
}

/** The doors to the bookings' workflows. A command is stored before it is sent: its id is all that travels. */
export interface BookingWorkflows {
  /**
   * Has a booking's workflow apply a command, starting one where none runs; the same answer however often.
   * `UNKNOWN`: nobody answered in time, and the command may have been applied or may still be; its row tells.
   */
  apply(command: SentCommand, timeoutMs: number): Promise<CommandResult | 'UNKNOWN'>;
  /** Hands a command over for whoever doesn't wait; `occurredAt` in ISO 8601 puts those that arrive together in order. */
  hand(command: { bookingId: string; commandId: string; occurredAt: string }): Promise<void>;
  /** Leaves a booking alone that has a workflow; says whether it started one. */
  start(bookingId: string): Promise<boolean>;
  /** Postgres was changed behind the workflow: its timers follow. Nothing when none runs. */
  refresh(bookingId: string): Promise<void>;
  /** What the workflow itself says; undefined when none runs, or no worker answers within `timeoutMs`. */
  ask(bookingId: string, timeoutMs: number): Promise<BookingLifecycle | undefined>;
}

export const bookingWorkflowId = (bookingId: string): string => `booking-${bookingId}`;

const UPDATES = {
  changeStatus: changeStatusUpdate,
  assign: assignUpdate,
  reschedule: rescheduleUpdate,
  addNote: addNoteUpdate,
} satisfies Record<CommandKind, unknown>;
const REPEAT_AFTER_MS = 100;

export function bookingWorkflows(given: Client): BookingWorkflows {
  // A run that has ended knows nothing of what came after it.
  const { connection, options } = given;
  const client = new Client({
    connection,
    namespace: options.namespace,
    dataConverter: options.dataConverter,
    workflow: { queryRejectCondition: 'NOT_OPEN' },
  });
  const handleOf = (bookingId: string) =>
    client.workflow.getHandle<typeof BookingLifecycleWorkflow>(bookingWorkflowId(bookingId));
  return {
    apply: (command, timeoutMs) => applyBy(client, command, Date.now() + timeoutMs),
    hand: async ({ bookingId, commandId, occurredAt }) => {
      await client.workflow.signalWithStart<typeof BookingLifecycleWorkflow, [string, string]>(BOOKING_WORKFLOW, {
        ...startOptions(bookingId),
        workflowIdConflictPolicy: 'USE_EXISTING',
        signal: statusUpdateSignal,
        signalArgs: [commandId, occurredAt],
      });
    },
    start: async (bookingId) => {
      try {
        await client.workflow.start<typeof BookingLifecycleWorkflow>(BOOKING_WORKFLOW, startOptions(bookingId));
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw error;
      }
    },
    refresh: async (bookingId) => {
      await handleOf(bookingId).signal(refreshSignal).catch(ignoreGone);
    },
    ask: async (bookingId, timeoutMs) => {
      try {
        const ask = () => handleOf(bookingId).query(stateQuery);
        return (await client.connection.withDeadline(Date.now() + timeoutMs, ask)) ?? undefined;
      } catch (error) {
        if (error instanceof QueryNotRegisteredError) throw error;
        return undefined;
      }
    },
  };
}

const DETAILS =
  'A booking is changed, and cancelled, in the portal. Cancelling this workflow changes nothing; terminated, it is ' +
  'started anew within some minutes. The signal `refresh` has it read Postgres again.';

const startOptions = (bookingId: string) => ({
  workflowId: bookingWorkflowId(bookingId),
  taskQueue: 'bookings',
  args: [{ bookingId }] as [{ bookingId: string }],
  workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
  // Its tasks take milliseconds: after a worker's death the next one has it 3 s later, instead of 10.
  workflowTaskTimeout: '3s' as const,
  staticSummary: `Booking ${bookingId}`,
  staticDetails: DETAILS,
});

/** A plain update first: with a start it takes three times as long. */
async function applyBy(client: Client, command: SentCommand, deadline: number): Promise<CommandResult | 'UNKNOWN'> {
  for (let send = updateRunning; ; ) {
    try {
      return await client.connection.withDeadline(deadline, () => send(client, command));
    } catch (error) {
      const trouble = judgeUpdateError(error);
      if (trouble === 'SURPRISE') throw error;
      if (trouble === 'UNKNOWN' || Date.now() + REPEAT_AFTER_MS > deadline) return 'UNKNOWN';
      if (trouble === 'START' && send === updateRunning) send = updateOrStart;
      else await after(REPEAT_AFTER_MS);
    }
  }
}

// Each try is an update of its own: under a fixed id one that failed would fail for ever. The command's id is what
// keeps two of them from having two effects.
const updateRunning = (client: Client, { bookingId, commandId, kind }: SentCommand): Promise<CommandResult> =>
  client.workflow
    .getHandle<typeof BookingLifecycleWorkflow>(bookingWorkflowId(bookingId))
    .executeUpdate(UPDATES[kind], { args: [commandId] });

const updateOrStart = (client: Client, { bookingId, commandId, kind }: SentCommand): Promise<CommandResult> =>
  client.workflow.executeUpdateWithStart(UPDATES[kind], {
    args: [commandId],
    startWorkflowOperation: new WithStartWorkflowOperation<typeof BookingLifecycleWorkflow>(BOOKING_WORKFLOW, {
      ...startOptions(bookingId),
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  });

function ignoreGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
