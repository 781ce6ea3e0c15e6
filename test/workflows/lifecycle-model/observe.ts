import assert from 'node:assert/strict';
import { setTimeout as after } from 'node:timers/promises';
import { type Answer, type BookingModel, nextTimer, type Timer } from './booking-model.ts';
import type { Row } from './rules.ts';
import type { Stage } from './stage.ts';

/** What can be seen of a booking, by whoever looks. */
interface Seen {
  row: Row;
  trail: string[];
  told: string[];
  answers: Record<string, Answer | null>;
  /** null: none runs. */
  workflow: (Omit<Row, 'since'> & { next: Timer | null }) | 'busy' | null;
}

const LIMIT_MS = 15_000;
/** A timer whose booking was changed behind the workflow acts a minute later, and each step takes its moment. */
const SLACK_MS = 90_000;

/** Waits until the booking is as one of the models has it, and gives that one. */
export async function settle(stage: Stage, id: string, models: BookingModel[]): Promise<BookingModel> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const seen = await look(stage, id);
    const model = models.find((one) => isSame(seen, one));
    if (model) return model;
    if (Date.now() > deadline) return fail(seen, models);
    await after(5);
  }
}

export async function look(stage: Stage, id: string): Promise<Seen> {
  // The row first: it is there before the workflow knows of it.
  const stored = await lookAtStore(stage, id);
  return { ...stored, workflow: await lookAtWorkflow(stage, id) };
}

async function lookAtStore({ store }: Stage, id: string): Promise<Omit<Seen, 'workflow'>> {
  const [found] = await store.rows<Omit<Seen, 'workflow'>>(
    `select json_build_object('status', status, 'version', version, 'advisor', advisor_id,
         'date', round(extract(epoch from booking_date) * 1000), 'since', round(extract(epoch from status_since) * 1000)) as row,
       (select coalesce(json_agg(action || ' by ' || split_part(changed_by, '@', 1) order by created_at, id), '[]')
         from booking_audit_logs where booking_id = $1) as trail,
       (select coalesce(json_agg(kind order by kind), '[]') from notifications where booking_id = $1) as told,
       (select coalesce(json_object_agg(id, result::jsonb - 'message'), '{}') from booking_commands where booking_id = $1) as answers
     from bookings where id = $1`,
    [id],
  );
  assert.ok(found, `booking ${id} is there`);
  return found;
}

async function lookAtWorkflow(stage: Stage, id: string): Promise<Seen['workflow']> {
  const events = await listEvents(stage, id);
  const isIdle = isTaskDone(events);
  if (events.length === 0 || /^workflowExecution(Completed|Terminated)/.test(events.at(-1) ?? '')) return null;
  // This server has been seen to leave a query, and each that came after it, that was asked during a task.
  const said = isIdle ? await stage.lifecycles.ask(id, 5_000) : undefined;
  if (!said) return 'busy';
  const { status, version, advisorId, bookingDate, nextDue } = said;
  const next = nextDue && { kind: nextDue.kind, at: Date.parse(nextDue.at) };
  return { status, version, advisor: advisorId, date: Date.parse(bookingDate ?? ''), next };
}

/** Whether neither its workflow nor an activity of it is at work, or waits to be tried again. */
export async function isQuiet(stage: Stage, id: string): Promise<boolean> {
  const events = await listEvents(stage, id);
  const begun = events.filter((type) => type === 'activityTaskScheduledEventAttributes').length;
  const ended = events.filter((type) => /^activityTask(Completed|Failed|TimedOut|Canceled)/.test(type)).length;
  return isTaskDone(events) && begun === ended;
}

const isTaskDone = (events: string[]) =>
  events.filter((type) => type.startsWith('workflowTask')).at(-1) === 'workflowTaskCompletedEventAttributes';

/** What is in the history of its last run; nothing when there is none. */
async function listEvents(stage: Stage, id: string): Promise<string[]> {
  const { events } = (await stage.findHistory(id)) ?? {};
  return (events ?? []).map((event) => Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? '');
}

function isSame(seen: Seen, model: BookingModel): boolean {
  try {
    assert.deepEqual(rounded(seen, model), expected(model));
    return true;
  } catch {
    return false;
  }
}

function fail(seen: Seen, models: BookingModel[]): never {
  const [model] = models;
  assert.ok(model);
  assert.deepEqual(rounded(seen, model), expected(model), `none of ${models.length} courses was taken`);
  throw new Error('it came about at the last moment');
}

function expected(model: BookingModel): Seen {
  const { row, known, trail, told, answers } = model;
  const { since: _, ...read } = known ?? row;
  const workflow = known && { ...read, next: nextTimer(model) ?? null };
  return { row, trail, told: [...told].sort(), answers, workflow };
}

/** With the model's instants where they are meant: clocks run on while things happen. */
function rounded(seen: Seen, model: BookingModel): Seen {
  const next = nextTimer(model);
  const { row, workflow } = seen;
  const since = isNear(row.since, model.row.since) ? model.row.since : row.since;
  return { ...seen, row: { ...row, since }, workflow: workflow && roundedNext(workflow, next) };
}

function roundedNext(workflow: Exclude<Seen['workflow'], null>, meant: Timer | undefined): Seen['workflow'] {
  if (workflow === 'busy' || !workflow.next || !meant || !isNear(workflow.next.at, meant.at)) return workflow;
  return { ...workflow, next: { kind: workflow.next.kind, at: meant.at } };
}

const isNear = (one: number, other: number) => Math.abs(one - other) < SLACK_MS;
