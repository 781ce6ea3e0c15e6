import { type Request, type RequestHandler, type Response, Router } from 'express';
import type Joi from 'joi';
import { findTimeZone } from '../../db/dealers.ts';
import type { BookingView } from '../domain/booking-view.ts';
import { compileDates } from '../domain/dates.ts';
import { fail, ok, type Result } from '../domain/failures.ts';
import {
  type AssignRequest,
  assignRequest,
  type NoteRequest,
  noteRequest,
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
  const changeStatus = commanding(deps, reading(statusChange, toStatusChange));
  const note = commanding(deps, reading(noteRequest, toNote));
  endpoint(router, '/api/admin/bookings/:id/status', { patch: changeStatus });
  endpoint(router, '/api/admin/bookings/:id/notes', { post: note });
  endpoint(router, '/api/admin/bookings/:id/assign', { patch: commanding(deps, reading(assignRequest, toAssign)) });
  endpoint(router, '/api/advisor/bookings/:id/status', { patch: changeStatus });
  endpoint(router, '/api/advisor/bookings/:id/notes', { post: note });
  endpoint(router, '/api/bookings/:id/reschedule', { patch: commanding(deps, readReschedule(deps)) });
  endpoint(router, '/api/bookings/:id/lifecycle', { get: answer(showLifecycle(deps)) });
  return router;
}

type Change = Omit<Asked, 'bookingId' | 'version'>;
/** What a body asks of a booking. */
type ReadChange = (body: unknown, booking: BookingView) => Promise<Result<Change>>;
type ToChange<T> = (input: T, booking: BookingView) => Change;

/** The booking first: whoever may not see it hears nothing of what is wrong with the request. */
function commanding(deps: CommandDeps, read: ReadChange): RequestHandler[] {
  const handler = async (req: Request, res: Response): Promise<Result<Answer>> => {
    const view = await findNamedBooking(deps.db, req, res);
    if (!view.ok) return view;
    const change = await read(req.body, view.value);
    if (!change.ok) return change;
    const { id: bookingId, version } = view.value;
    return sendCommand(deps, { bookingId, version, ...change.value }, req, res);
  };
  return [...json, answer(handler)];
}

const reading =
  <T>(schema: Joi.Schema<T>, toChange: ToChange<T>): ReadChange =>
  async (body, booking) => {
    const input = parseRequest(schema, body);
    return input.ok ? ok(toChange(input.value, booking)) : input;
  };

const toStatusChange: ToChange<StatusChange> = ({ status, ...more }) => ({
  wish: { kind: 'changeStatus', status },
  mayRespondAsync: true,
  ...more,
});

const toAssign: ToChange<AssignRequest> = ({ reason, ...whom }, { advisor }) => ({
  wish: { kind: 'assign', ...whom, insteadOf: advisor?.id ?? null },
  reason,
});

const dates = compileDates(null);

/** The date by the rules of a row, so that a booking made and moved by the same text is at the same time. */
const readReschedule =
  ({ db }: CommandDeps): ReadChange =>
  async (body, { dealerCode }) => {
    const input = parseRequest(rescheduleRequest, body);
    if (!input.ok) return input;
    const { bookingDate, reason } = input.value;
    const { value, fault } = dates.judge(bookingDate, await findTimeZone(db, dealerCode));
    if (fault) return wrongDate(`bookingDate ${fault.message}`);
    return ok({ wish: { kind: 'reschedule', bookingDate: value }, reason });
  };

const wrongDate = (message: string) =>
  fail('INVALID_REQUEST', `The request is not right: ${message}.`, {
    errors: [{ pointer: '/bookingDate', code: 'DATE', message }],
  });

const toNote: ToChange<NoteRequest> = ({ note, messageId }) => ({
  wish: { kind: 'addNote', note },
  messageId,
  status: 201,
});
