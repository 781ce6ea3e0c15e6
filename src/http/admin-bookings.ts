import { Router } from 'express';
import { type CreateDeps, createOne } from './booking-create.ts';
import { endpoint } from './endpoint.ts';

/** What an admin does with bookings as a whole. Mounted under /api/admin, behind `requireAdmin`. */
export function adminBookingRoutes(deps: CreateDeps): Router {
  const router = Router();
  endpoint(router, '/bookings', { post: createOne(deps) });
  return router;
}
