import type { Request, Response } from 'express';
import { createCommand, keepCommand, type StoredCommand } from '../../db/booking-commands.ts';
import { type BookingScope, findBookingView } from '../../db/booking-view.ts';
import type { BookingWish, CommandResult } from '../domain/booking-command.ts';
import { fail, ok, type Result } from '../domain/failures.ts';
import { actorOf, callerIn } from './auth.ts';
import { expectedVersion } from './booking-command-requests.ts';
import { noBooking, scopeOf } from './booking-scope.ts';
import type { Answer } from './endpoint.ts';
import { versionTag } from './entity-tag.ts';
import type { ImportDeps } from './import-deps.ts';
import { idempotencyKey, parseRequest } from './requests.ts';

export type CommandDeps = Pick<ImportDeps, 'db' | 'temporal'>;

export interface Asked {
  bookingId: string;
  /** As the caller could have seen it just now. */
  version: number;
  wish: BookingWish;
  reason?: string | null;
  messageId?: string | null;
  /** ISO 8601 */
  occurredAt?: string | null;
  /** Of the answer when the change is made; 200 unless told. */
  status?: number;
  /** Whether this may be answered before it is done. */
  mayRespondAsync?: boolean;
}

/** As long as a person waits. */
const APPLY_MS = 8_000;
const HAND_MS = 3_000;

/** Stores a command and has the booking's workflow apply it; the answer is the booking as it is then. */
export async function sendCommand(
  deps: CommandDeps,
  asked: Asked,
  req: Request,
  res: Response,
): Promise<Result<Answer>> {
  const respondAsync = Boolean(asked.mayRespondAsync) && prefersAsync(req);
  const stored = await storeCommand(deps, asked, { req, res, respondAsync });
  if (!stored.ok) return stored;
  // A phone that sends one message three times hears the same three times.
  if (respondAsync) return handOver(deps, stored.value);
  if (stored.value.result) return answerResult(deps, asked, stored.value.result, res);
  const applied = await apply(deps, stored.value, asked);
  if (!applied.ok) return applied;
  return applied.value ? answerResult(deps, asked, applied.value, res) : accepted(stored.value);
}

async function storeCommand(
  { db }: CommandDeps,
  { bookingId, version, wish, reason = null, messageId = null, occurredAt = null }: Asked,
  { req, res, respondAsync }: { req: Request; res: Response; respondAsync: boolean },
): Promise<Result<StoredCommand>> {
  const key = parseRequest(idempotencyKey, req.get('idempotency-key'));
  if (!key.ok) return key;
  return createCommand(db, {
    ...{ bookingId, wish, reason, occurredAt, respondAsync },
    actor: actorOf(req, res),
    role: callerIn(res).role,
    key: key.value ?? messageId,
    expectedVersion: expectedVersion(req.get('if-match'), version),
  });
}

/** Null: nobody knows yet, but it will be judged. Failure: `DATABASE_UNAVAILABLE`, which lost it. */
async function apply(
  deps: CommandDeps,
  command: StoredCommand,
  { wish }: Asked,
): Promise<Result<CommandResult | null>> {
  const { id: commandId, bookingId } = command;
  const sent = { bookingId, commandId, kind: wish.kind };
  // The link's own limit is behind the update's, which knows more.
  const called = await deps.temporal.call(({ bookings }) => bookings.apply(sent, APPLY_MS), APPLY_MS + 1_000);
  if (called.ok && called.value !== 'UNKNOWN') return ok(called.value);
  const kept = await keepCommand(deps.db, commandId);
  return kept ? ok(kept.result) : fail('DATABASE_UNAVAILABLE', LOST);
}

const LOST = 'The database stopped before it had kept this change, and nothing was changed; send it again.';

async function handOver(deps: CommandDeps, command: StoredCommand): Promise<Result<Answer>> {
  const { id: commandId, bookingId, occurredAt, result } = command;
  // Should Temporal be away, the stored command is handed over later, by reconciliation.
  if (!result) await deps.temporal.call(({ bookings }) => bookings.hand({ bookingId, commandId, occurredAt }), HAND_MS);
  return accepted(command, { 'Preference-Applied': 'respond-async' });
}

/** It is stored and will be judged; the booking and its history tell what became of it. */
const accepted = ({ id, bookingId }: StoredCommand, headers: Record<string, string> = {}): Result<Answer> =>
  ok({
    status: 202,
    headers: { Location: `/api/bookings/${bookingId}`, ...headers },
    body: { id, bookingId, state: 'ACCEPTED' },
  });

async function answerResult(
  { db }: CommandDeps,
  { bookingId, status }: Asked,
  result: CommandResult,
  res: Response,
): Promise<Result<Answer>> {
  if (!result.ok) return refused(result);
  // Whoever made the change sees it, even if it took the booking out of his hands.
  const scope: BookingScope = { ...scopeOf(callerIn(res)), advisorEmail: null };
  const view = await findBookingView(db, bookingId, scope);
  return view ? ok({ status, headers: { ETag: versionTag(view.version) }, body: view }) : noBooking();
}

function refused({ code, message, allowed, status, version }: Extract<CommandResult, { ok: false }>): Result<never> {
  return fail(code, message, { detail: { allowed, ...(status !== null && { current: { status, version } }) } });
}

// RFC 7240: a list of preferences, each of which may have parameters.
const prefersAsync = (req: Request): boolean =>
  (req.get('prefer') ?? '').split(',').some((each) => /^\s*respond-async\s*(;|$)/i.test(each));
