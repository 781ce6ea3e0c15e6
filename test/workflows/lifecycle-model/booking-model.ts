import type { BookingStatus } from '../../../src/domain/booking.ts';
import { allowedTo, type Command, judge, type Row } from './rules.ts';

// What a booking's lifecycle should do in time. Times are ms since the epoch.

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Hours; null: off. */
export interface Hours {
  reminder: number | null;
  noShow: number | null;
  reschedule: number | null;
  reopen: number | null;
}
export type Answer =
  | { ok: true; status: BookingStatus; version: number }
  | { ok: false; code: string; status: BookingStatus | null; version: number | null; allowed: string[] };
export interface Timer {
  kind: 'reminder' | 'noShow' | 'rescheduleDeadline' | 'reopenWindow';
  at: number;
}

export interface BookingModel {
  hours: Hours;
  now: number;
  row: Row;
  /** The row as the workflow read it last; null while none runs. */
  known: Row | null;
  /** The dates that were reminded of. */
  reminded: number[];
  /** Who did what, in order. */
  trail: string[];
  /** The kinds of the notifications. */
  told: string[];
  answers: Record<string, Answer>;
  /** Changes that were made behind the workflow. */
  behind: number;
}

/** A command reaches the workflow, which starts if none runs; one that was there before only gets its answer again. */
export function command(model: BookingModel, given: Command): void {
  model.answers[given.id] ??= settle(model, given);
  read(model);
}

/** The workflow looks at the row: at its start, after each command, when it is told to. */
export function read(model: BookingModel): void {
  model.known = { ...model.row };
  endWhenOver(model);
}

/** Somebody writes the row without the workflow. */
export function changeBehind(model: BookingModel, changes: Partial<Pick<Row, 'status' | 'date'>>): void {
  const moves = changes.status !== undefined && changes.status !== model.row.status;
  Object.assign(model.row, changes, { version: model.row.version + 1 }, moves && { since: model.now });
  model.behind += 1;
}

/** Time passes until an instant, and with it what was due. */
export function pass(model: BookingModel, until: number): void {
  for (let timer = nextTimer(model); timer && timer.at <= until; timer = nextTimer(model)) {
    model.now = Math.max(model.now, timer.at);
    fire(model, timer);
  }
  model.now = Math.max(model.now, until);
  endWhenOver(model);
}

/** Where the clock may stop after a while: not where something is due just then, which a millisecond would decide. */
export function untilDecided(model: BookingModel, ms: number): number {
  const { hours, known, row, now } = model;
  const instants = [row, known ?? row].flatMap(({ date, since }) => [
    date - (hours.reminder ?? 0) * HOUR,
    date + (hours.noShow ?? 0) * HOUR,
    since + (hours.reschedule ?? 0) * HOUR,
    since + (hours.reopen ?? 0) * HOUR,
  ]);
  let until = now + ms;
  while (instants.some((at) => Math.abs(at - until) < 5 * MINUTE)) until += 10 * MINUTE;
  return until;
}

/** What the workflow waits for. */
export const nextTimer = (model: BookingModel): Timer | undefined =>
  timers(model).sort((one, other) => one.at - other.at)[0];

function timers({ hours, known, now, reminded }: BookingModel): Timer[] {
  if (!known) return [];
  const { status, date, since } = known;
  const found: Timer[] = [];
  const add = (kind: Timer['kind'], from: number, after: number | null) => {
    if (after !== null) found.push({ kind, at: from + after * HOUR });
  };
  if ((status === 'PENDING' || status === 'ASSIGNED') && date > now && !reminded.includes(date))
    add('reminder', date, hours.reminder && -hours.reminder);
  if (status === 'ASSIGNED' && date + (hours.noShow ?? 0) * HOUR > since) add('noShow', date, hours.noShow);
  if (status === 'RESCHEDULED') add('rescheduleDeadline', since, hours.reschedule);
  if (status === 'CANCELLED') add('reopenWindow', since, hours.reopen);
  return found;
}

function fire(model: BookingModel, { kind }: Timer): void {
  const { known, row } = model;
  // It ends by what it knows; each other effect looks at the row.
  if (kind === 'reopenWindow') model.known = null;
  const asKnown = row.status === known?.status && row.date === known.date && row.since === known.since;
  if (kind === 'reminder' && ['PENDING', 'ASSIGNED'].includes(row.status) && row.date === known?.date) {
    model.reminded.push(row.date);
    model.told.push('REMINDER');
  }
  if (kind === 'noShow' && asKnown) lapse(model, { status: 'NO_SHOW' }, 'NO_SHOW');
  if (kind === 'rescheduleDeadline' && asKnown) lapse(model, { status: 'PENDING', advisor: null }, 'RESCHEDULE_LAPSED');
  if (kind !== 'reopenWindow') read(model);
}

function lapse(model: BookingModel, changes: Partial<Row>, kind: string): void {
  Object.assign(model.row, changes, { version: model.row.version + 1, since: model.now });
  model.trail.push('STATUS_CHANGED by system');
  model.told.push(kind);
}

function endWhenOver(model: BookingModel): void {
  const { known, hours, now } = model;
  if (known?.status === 'COMPLETED') model.known = null;
  if (known?.status === 'CANCELLED' && (hours.reopen === null || known.since + hours.reopen * HOUR <= now))
    model.known = null;
}

function settle(model: BookingModel, given: Command): Answer {
  const { row } = model;
  const verdict = judge(row, given, model.now);
  if (typeof verdict === 'string') {
    model.trail.push(`REFUSED by ${given.who}`);
    if (given.isSignal) model.told.push('REFUSED');
    if (verdict === 'BOOKING_NOT_FOUND') return { ok: false, code: verdict, status: null, version: null, allowed: [] };
    return { ok: false, code: verdict, status: row.status, version: row.version, allowed: allowedTo(row, given) };
  }
  if (Object.keys(verdict).length > 0 || given.wish.kind === 'addNote') change(model, given, verdict);
  return { ok: true, status: row.status, version: row.version };
}

const ACTIONS = {
  changeStatus: 'STATUS_CHANGED',
  assign: 'ASSIGNED',
  reschedule: 'RESCHEDULED',
  addNote: 'NOTE_ADDED',
};

function change({ row, now, trail, told }: BookingModel, given: Command, changes: Partial<Row>): void {
  const former = row.advisor;
  const moves = changes.status !== undefined && changes.status !== row.status;
  // A phone's clock may be ahead.
  const happened = Math.min(given.occurredAt ?? now, now);
  const since = moves ? Math.max(happened, row.since) : row.since;
  Object.assign(row, changes, { since, version: row.version + 1 });
  trail.push(`${ACTIONS[given.wish.kind]} by ${given.who}`);
  told.push(ACTIONS[given.wish.kind]);
  if (former !== null && row.advisor !== former) told.push('UNASSIGNED');
}
