import { listHistory, listTrail } from '../../db/booking-trail.ts';
import type { Database } from '../../db/connect.ts';
import { ok } from '../domain/failures.ts';
import { type Caller, callerIn } from './auth.ts';
import { trailQuery } from './booking-requests.ts';
import { findNamedBooking } from './booking-scope.ts';
import type { Handler } from './endpoint.ts';
import { isImportId, parseRequest } from './requests.ts';

/** Everything that was done to a booking. Where from, only an admin learns; of a booking that was removed, too. */
export const showTrail =
  ({ db }: { db: Database }): Handler =>
  async (req, res) => {
    const query = parseRequest(trailQuery, req.query);
    if (!query.ok) return query;
    const { id } = req.params;
    const caller = callerIn(res);
    const view = await findNamedBooking(db, req, res);
    if (!view.ok && !(seesAll(caller) && isImportId(id))) return view;
    const page = await listTrail(db, String(id), query.value);
    if (!view.ok && page.items.length === 0 && query.value.cursor === null) return view;
    if (caller.role === 'admin') return ok({ body: page });
    const items = page.items.map((entry) => ({ ...entry, ipAddress: null, userAgent: null }));
    return ok({ body: { ...page, items } });
  };

const seesAll = ({ role, dealers }: Caller): boolean => role === 'admin' && dealers.length === 0;

/** The same told in words, for the booking's advisor. */
export const showHistory =
  ({ db }: { db: Database }): Handler =>
  async (req, res) => {
    const query = parseRequest(trailQuery, req.query);
    if (!query.ok) return query;
    const view = await findNamedBooking(db, req, res);
    return view.ok ? ok({ body: await listHistory(db, view.value.id, query.value) }) : view;
  };
