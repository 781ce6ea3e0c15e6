import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { BOOKING_WORKFLOW } from '../workflows/booking-messages.ts';
import type { RunningLifecycle } from './domain/lifecycle-match.ts';
import { bookingWorkflowId } from './lifecycle-link.ts';

const PAGE = 1_000;
const PREFIX = bookingWorkflowId('');

/** The bookings' workflows that run, of the ids after one up to another; null: to the last there is. */
export async function listRunning(client: Client, after: string, upTo: string | null): Promise<RunningLifecycle[]> {
  const query = [
    `WorkflowType = '${BOOKING_WORKFLOW}' AND ExecutionStatus = 'Running'`,
    `WorkflowId > ${quoted(bookingWorkflowId(after))}`,
    ...(upTo === null ? [] : [`WorkflowId <= ${quoted(bookingWorkflowId(upTo))}`]),
  ].join(' AND ');
  const found: RunningLifecycle[] = [];
  for await (const info of client.workflow.list({ query, pageSize: PAGE })) found.push(toRunning(info));
  return found;
}

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;

function toRunning({ workflowId, startTime, searchAttributes }: WorkflowExecutionInfo): RunningLifecycle {
  const text = (name: string): string | null => {
    const [value] = searchAttributes[name] ?? [];
    return value instanceof Date ? value.toISOString() : ((value as string | undefined) ?? null);
  };
  return {
    bookingId: workflowId.slice(PREFIX.length),
    startedAt: startTime.toISOString(),
    status: text('BookingStatus'),
    dealerCode: text('BookingDealer'),
    advisorId: text('BookingAdvisor'),
    importId: text('BookingImport'),
    nextDue: text('BookingNextDue'),
  };
}
