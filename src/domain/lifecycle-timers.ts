import type { BookingStatus } from './booking.ts';

const HOUR_MS = 3_600_000;

/** How long things may take at a dealer, in hours; null: that timer is off. */
export interface LifecycleSettings {
  /** Before the booking's date. */
  reminderHours: number | null;
  /** After its date, until an ASSIGNED booking that nobody began is a NO_SHOW. */
  noShowHours: number | null;
  /** Until a RESCHEDULED booking that nobody dealt with is PENDING again. */
  rescheduleHours: number | null;
  /** During which the workflow of a CANCELLED booking waits for its return. */
  reopenHours: number | null;
}

export const DEFAULT_LIFECYCLE: LifecycleSettings = {
  reminderHours: 24,
  noShowHours: 24,
  rescheduleHours: 72,
  reopenHours: 168,
};
/** Five years: a timer beyond that is a typing error. */
export const MOST_HOURS = 43_800;

/** Reads a dealer's settings; null or false turns a timer off, what makes no sense falls back to the default. */
export function lifecycleSettings(dealer: Record<string, unknown> | null): LifecycleSettings {
  const read = (name: keyof LifecycleSettings): number | null => {
    const value = dealer?.[name];
    if (value === null || value === false) return null;
    const sane = typeof value === 'number' && value >= 0 && value <= MOST_HOURS;
    return sane ? value : DEFAULT_LIFECYCLE[name];
  };
  return {
    reminderHours: read('reminderHours'),
    noShowHours: read('noShowHours'),
    rescheduleHours: read('rescheduleHours'),
    reopenHours: read('reopenHours'),
  };
}

/** What a booking's workflow knows of it: ids, times and its status, nothing personal. Instants are ISO 8601. */
export interface LifecycleState {
  status: BookingStatus;
  version: number;
  advisorId: string | null;
  dealerCode: string | null;
  importId: string | null;
  bookingDate: string | null;
  statusSince: string;
  /** The date that the last reminder was for. */
  remindedFor: string | null;
  /** It came with an import of the past: no timer acts on it. */
  historical: boolean;
  settings: LifecycleSettings;
}

export const TIMER_KINDS = ['reminder', 'noShow', 'rescheduleDeadline', 'reopenWindow'] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];

/** A timer and when it is due, in ms since the epoch; `at` may have passed. */
export interface Due {
  kind: TimerKind;
  at: number;
}

/** The statuses in which a booking's date is still ahead of somebody. */
export const isReminded = (status: BookingStatus): boolean => status === 'PENDING' || status === 'ASSIGNED';

/** The first of the booking's timers, or null. `now`: ms since the epoch. */
export function nextDue(state: LifecycleState, now: number): Due | null {
  if (state.historical) return null;
  const dues = [reminder(state, now), noShow(state), rescheduleDeadline(state), reopenWindow(state)];
  return dues.reduce((first, due) => (due && (!first || due.at < first.at) ? due : first), null);
}

/** One a date, even when it is late; none any more once the date has passed. */
function reminder({ status, bookingDate, remindedFor, settings }: LifecycleState, now: number): Due | null {
  if (settings.reminderHours === null || bookingDate === null || !isReminded(status)) return null;
  const date = Date.parse(bookingDate);
  if (remindedFor === bookingDate || date <= now) return null;
  return { kind: 'reminder', at: date - settings.reminderHours * HOUR_MS };
}

/** Only of what was ASSIGNED before: a booking of the past that is given to somebody today is not missed by that. */
function noShow({ status, bookingDate, statusSince, settings }: LifecycleState): Due | null {
  if (status !== 'ASSIGNED' || settings.noShowHours === null || bookingDate === null) return null;
  const at = Date.parse(bookingDate) + settings.noShowHours * HOUR_MS;
  return at > Date.parse(statusSince) ? { kind: 'noShow', at } : null;
}

const rescheduleDeadline = ({ status, statusSince, settings }: LifecycleState): Due | null =>
  status === 'RESCHEDULED' && settings.rescheduleHours !== null
    ? { kind: 'rescheduleDeadline', at: Date.parse(statusSince) + settings.rescheduleHours * HOUR_MS }
    : null;

const reopenWindow = ({ status, statusSince, settings }: LifecycleState): Due | null =>
  status === 'CANCELLED' && settings.reopenHours !== null
    ? { kind: 'reopenWindow', at: Date.parse(statusSince) + settings.reopenHours * HOUR_MS }
    : null;

/** Nothing is left to wait for, so it needs no workflow: the past, COMPLETED, or CANCELLED beyond its window. */
export function isOver(state: LifecycleState, now: number): boolean {
  if (state.historical || state.status === 'COMPLETED') return true;
  if (state.status !== 'CANCELLED') return false;
  const window = reopenWindow(state);
  return window === null || window.at <= now;
}
