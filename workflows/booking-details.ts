import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Due, LifecycleState, TimerKind } from '../src/domain/lifecycle-timers.ts';

export const TIMER_WORDS: Record<TimerKind, string> = {
  reminder: 'reminder before the date',
  noShow: 'no-show unless somebody begins it',
  rescheduleDeadline: 'back to PENDING unless somebody deals with it',
  reopenWindow: 'end of the time to reopen it',
};

/** Where a booking stands, in words, for the Web UI. */
export function describeBooking(
  { status, statusSince, bookingDate, advisorId }: LifecycleState,
  due: Due | null,
): string {
  const next = due ? `${TIMER_WORDS[due.kind]}, ${minute(new Date(due.at).toISOString())}` : 'nothing to wait for';
  // Two paragraphs: the Web UI's pane cuts off the third.
  return [
    `**${status}** since ${minute(statusSince)} · ${advisorId ? `advisor ${advisorId}` : 'without an advisor'}`,
    `For ${bookingDate ? minute(bookingDate) : 'no date'} · next: ${next}`,
  ].join('\n\n');
}

const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** Shows a booking to whoever looks at or searches for its workflow; an unchanged one costs no event. */
export function openShowcase(): (state: LifecycleState, due: Due | null) => void {
  let shown = '';
  return (state, due) => {
    setCurrentDetails(describeBooking(state, due));
    const told = JSON.stringify([state.status, state.dealerCode, state.advisorId, state.importId, due?.at]);
    if (told === shown) return;
    shown = told;
    upsertSearchAttributes(searchAttributes(state, due));
  };
}

const searchAttributes = ({ status, dealerCode, advisorId, importId }: LifecycleState, due: Due | null) => [
  keyword('BookingStatus', status),
  keyword('BookingDealer', dealerCode),
  keyword('BookingAdvisor', advisorId),
  keyword('BookingImport', importId),
  { key: { name: 'BookingNextDue', type: 'DATETIME' as const }, value: due && new Date(due.at) },
];
const keyword = (name: string, value: string | null) => ({ key: { name, type: 'KEYWORD' as const }, value });
