import { Router } from 'express';
import type { Database } from '../../db/connect.ts';
import { listOwn, listVisible, showBooking } from './booking-reads.ts';
import { showHistory, showTrail } from './booking-trail.ts';
import { answer, endpoint } from './endpoint.ts';

/** What a caller sees of bookings. Mounted under /api, behind `requireCaller` and, for /advisor, `requireAdvisor`. */
export function bookingRoutes(deps: { db: Database }): Router {
  const router = Router();
  endpoint(router, '/bookings', { get: answer(listVisible(deps)) });
  endpoint(router, '/bookings/:id', { get: answer(showBooking(deps)) });
  endpoint(router, '/bookings/:id/audit', { get: answer(showTrail(deps)) });
  endpoint(router, '/advisor/bookings', { get: answer(listOwn(deps)) });
  endpoint(router, '/advisor/bookings/:id/history', { get: answer(showHistory(deps)) });
  return router;
}
