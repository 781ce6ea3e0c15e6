import { type Request, type RequestHandler, type Response, Router } from 'express';
import type Joi from 'joi';
import type { BookingView } from '../domain/booking-view.ts';
import type { Result } from '../domain/failures.ts';
import {
  type AssignRequest,
  assignRequest,
  type NoteRequest,
  noteRequest,
  type RescheduleRequest,
  rescheduleRequest,
  type StatusChange,
  statusChange,
} from './booking-command-requests.ts';
import { showLifecycle } from './booking-lifecycle.ts';
import { findNamedBooking } from './booking-scope.ts';
import { type Asked, type CommandDeps, sendCommand } from './booking-send.ts';
import { type Answer, answer, endpoint } from './endpoint.ts';
import { jsonBody } from './json-body.ts';
import { parseRequest } from './requests.ts';

const json = jsonBody('64kb');

/** Every change of a booking, all through its workflow. */
export function bookingCommandRoutes(deps: CommandDeps): Router {
  const router = Router();
  const [changeStatus, note] = [commanding(deps, statusChange, toStatusChange), commanding(deps, noteRequest, toNote)];
  endpoint(router, '/api/admin/bookings/:id/status', { patch: changeStatus });
  endpoint(router, '/api/admin/bookings/:id/notes', { post: note });
  endpoint(router, '/api/admin/bookings/:id/assign', { patch: commanding(deps, assignRequest, toAssign) });
  endpoint(router, '/api/advisor/bookings/:id/status', { patch: changeStatus });
  endpoint(router, '/api/advisor/bookings/:id/notes', { post: note });
  endpoint(router, '/api/bookings/:id/reschedule', { patch: commanding(deps, rescheduleRequest, toReschedule) });
  endpoint(router, '/api/bookings/:id/lifecycle', { get: answer(showLifecycle(deps)) });
  return router;
}

type ToAsked<T> = (input: T, booking: BookingView) => Omit<Asked, 'bookingId' | 'version'>;

/** The booking first: whoever may not see it hears nothing of what is wrong with the request. */
function commanding<T>(deps: CommandDeps, schema: Joi.Schema<T>, toAsked: ToAsked<T>): RequestHandler[] {
  const handler = async (req: Request, res: Response): Promise<Result<Answer>> => {
    const view = await findNamedBooking(deps.db, req, res);
    if (!view.ok) return view;
    const input = parseRequest(schema, req.body);
    if (!input.ok) return input;
    const { id: bookingId, version } = view.value;
    return sendCommand(deps, { bookingId, version, ...toAsked(input.value, view.value) }, req, res);
  };
  return [...json, answer(handler)];
}

const toStatusChange: ToAsked<StatusChange> = ({ status, ...more }) => ({
  wish: { kind: 'changeStatus', status },
  mayRespondAsync: true,
  ...more,
});

const toAssign: ToAsked<AssignRequest> = ({ reason, ...whom }, { advisor }) => ({
  wish: { kind: 'assign', ...whom, insteadOf: advisor?.id ?? null },
  reason,
});

const toReschedule: ToAsked<RescheduleRequest> = ({ bookingDate, reason }) => ({
  wish: { kind: 'reschedule', bookingDate },
  reason,
});

const toNote: ToAsked<NoteRequest> = ({ note, messageId }) => ({
  wish: { kind: 'addNote', note },
  messageId,
  status: 201,
});
