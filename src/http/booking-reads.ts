import type Joi from 'joi';
import type { Database } from '../../db/connect.ts';
import { type BookingFilter, listBookings } from '../../db/list-bookings.ts';
import { ok } from '../domain/failures.ts';
import { callerIn } from './auth.ts';
import { bookingListQuery, ownListQuery } from './booking-requests.ts';
import { findNamedBooking, scopeOf } from './booking-scope.ts';
import type { Handler } from './endpoint.ts';
import { isKnown, versionTag } from './entity-tag.ts';
import { parseRequest } from './requests.ts';

const listing =
  (query: Joi.Schema<BookingFilter>) =>
  ({ db }: { db: Database }): Handler =>
  async (req, res) => {
    const filter = parseRequest(query, req.query);
    return filter.ok ? ok({ body: await listBookings(db, scopeOf(callerIn(res)), filter.value) }) : filter;
  };

/** All that the caller may see. */
export const listVisible = listing(bookingListQuery);
/** The calling advisor's. */
export const listOwn = listing(ownListQuery);

export const showBooking =
  ({ db }: { db: Database }): Handler =>
  async (req, res) => {
    const view = await findNamedBooking(db, req, res);
    if (!view.ok) return view;
    const ETag = versionTag(view.value.version);
    // It may be kept, but must be asked for each time.
    const headers = { ETag, 'Cache-Control': 'private, no-cache', Vary: 'Authorization' };
    return ok(isKnown(req, ETag) ? { status: 304, headers, body: undefined } : { headers, body: view.value });
  };
