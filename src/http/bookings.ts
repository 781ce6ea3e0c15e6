import { Router } from 'express';
import type { Database } from '../../db/connect.ts';
import { listOwn, listVisible, showBooking } from './booking-reads.ts';
import { showHistory, showTrail } from './booking-trail.ts';
import { answer, endpoint } from './endpoint.ts';

/** What a caller sees of bookings. */
export function bookingRoutes(deps: { db: Database }): Router {
  const router = Router();
  endpoint(router, '/api/bookings', { get: answer(listVisible(deps)) });
  endpoint(router, '/api/bookings/:id', { get: answer(showBooking(deps)) });
  endpoint(router, '/api/bookings/:id/audit', { get: answer(showTrail(deps)) });
  endpoint(router, '/api/advisor/bookings', { get: answer(listOwn(deps)) });
  endpoint(router, '/api/advisor/bookings/:id/history', { get: answer(showHistory(deps)) });
  return router;
}
