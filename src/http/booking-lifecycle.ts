import { findLifecycleState } from '../../db/lifecycle-state.ts';
import { ok } from '../domain/failures.ts';
import { type LifecycleState, nextDue } from '../domain/lifecycle-timers.ts';
import { allowedActions } from '../domain/transitions.ts';
import { callerIn } from './auth.ts';
import { findNamedBooking, noBooking } from './booking-scope.ts';
import type { CommandDeps } from './booking-send.ts';
import type { Handler } from './endpoint.ts';

const ASK_MS = 2_000;

/** What the booking's workflow says of it; by the record, with `isRunning: false`, where none runs or none answers. */
export const showLifecycle =
  ({ db, temporal }: CommandDeps): Handler =>
  async (req, res) => {
    const view = await findNamedBooking(db, req, res);
    if (!view.ok) return view;
    const { id } = view.value;
    const asked = await temporal.call(({ bookings }) => bookings.ask(id, ASK_MS), ASK_MS + 500);
    const told = asked.ok ? asked.value : undefined;
    const state = told ?? (await findLifecycleState(db, id));
    if (!state) return noBooking();
    const { status, version } = state;
    const actions = allowedActions(status, callerIn(res).role);
    const due = told ? told.nextDue : recordedDue(state);
    return ok({ body: { status, version, nextDue: due, allowedActions: actions, isRunning: told !== undefined } });
  };

function recordedDue(state: LifecycleState) {
  const due = nextDue(state, Date.now());
  return due && { kind: due.kind, at: new Date(due.at).toISOString() };
}
