import type { Request, RequestHandler, Response } from 'express';
import { findBookingView } from '../../db/booking-view.ts';
import type { Database } from '../../db/connect.ts';
import { type Creation, type CreationKey, createBooking, findCreation } from '../../db/create-booking.ts';
import { fingerprintOf } from '../../db/fingerprint.ts';
import { findSameBookings } from '../../db/possible-duplicates.ts';
import { loadReferenceData } from '../../db/reference-data.ts';
import { type Failure, ok, type Result } from '../domain/failures.ts';
import { actorOf, callerIn } from './auth.ts';
import { type ReadBooking, readBooking } from './booking-input.ts';
import { noBooking, scopeOf } from './booking-scope.ts';
import { type Answer, answer } from './endpoint.ts';
import { versionTag } from './entity-tag.ts';
import { jsonBody } from './json-body.ts';
import { idempotencyKey, parseRequest } from './requests.ts';
import { beyondToken } from './token-limit.ts';

export interface CreateDeps {
  db: Database;
  /** Starts a new booking's lifecycle. That it can't is no failure of the request: a reconcile mends it. */
  startLifecycle?(bookingId: string): Promise<void>;
}

/** Takes one booking: 201 with it, its place and its version; the same once more for the same Idempotency-Key. */
export const createOne = (deps: CreateDeps): RequestHandler[] => [
  ...jsonBody('256kb'),
  answer(async (req, res) => {
    const key = keyOf(req, res);
    if (!key.ok) return key;
    const earlier = key.value && (await findCreation(deps.db, key.value));
    const creation = earlier ?? (await create(deps, key.value, { req, res }));
    return creation.ok ? created(deps, creation.value, res) : creation;
  }),
];

function keyOf(req: Request, res: Response): Result<CreationKey | null> {
  const key = parseRequest(idempotencyKey, req.get('idempotency-key'));
  if (!key.ok || key.value === undefined) return key.ok ? ok(null) : key;
  return ok({ subject: callerIn(res).subject, key: key.value, fingerprint: fingerprintOf(req.body) });
}

async function create(
  deps: CreateDeps,
  key: CreationKey | null,
  { req, res }: { req: Request; res: Response },
): Promise<Result<Creation>> {
  const { dealers } = callerIn(res);
  const limitedTo = dealers.length > 0 ? dealers : null;
  const read = readBooking(req.body, { limitedTo, ...(await loadReferenceData(deps.db)) });
  if (!read.ok) return limitedTo && namesForeign(read.failure) ? beyondToken(limitedTo) : read;
  const { draft, source } = read.value;
  const warnings = await warningsOf(deps.db, read.value);
  const stored = await createBooking(deps.db, { draft, source, warnings, key, actor: actorOf(req, res) });
  if (stored.ok && !stored.value.existed) await deps.startLifecycle?.(stored.value.bookingId);
  return stored;
}

// Whether there is such a dealer is not for this caller to learn.
const namesForeign = ({ errors = [] }: Failure): boolean => errors.some(({ code }) => code === 'UNKNOWN_DEALER');

async function warningsOf(db: Database, { draft, warnings }: ReadBooking) {
  if (draft.external_id !== null) return warnings;
  const same = await findSameBookings(db, [draft]);
  if (same.size === 0) return warnings;
  const message = 'the same customer, dealer and date as a booking that exists; an externalId would tell them apart';
  return [...warnings, { pointer: '', code: 'POSSIBLE_DUPLICATE', message }];
}

async function created({ db }: CreateDeps, creation: Creation, res: Response): Promise<Result<Answer>> {
  const view = await findBookingView(db, creation.bookingId, scopeOf(callerIn(res)));
  if (!view) return noBooking();
  const headers = { Location: `/api/bookings/${view.id}`, ETag: versionTag(view.version) };
  return ok({ status: 201, headers, body: { ...view, warnings: creation.warnings } });
}
