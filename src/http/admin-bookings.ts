import { Router } from 'express';
import { type CreateDeps, createOne } from './booking-create.ts';
import { showStats } from './booking-stats.ts';
import { answer, endpoint } from './endpoint.ts';

/** What an admin does with bookings as a whole. */
export function adminBookingRoutes(deps: CreateDeps): Router {
  const router = Router();
  endpoint(router, '/api/admin/bookings', { post: createOne(deps) });
  endpoint(router, '/api/admin/bookings/stats', { get: answer(showStats(deps)) });
  return router;
}
