import { Router } from 'express';
import { listAdminTrail } from '../../db/admin-trail.ts';
import type { Database } from '../../db/connect.ts';
import { ok } from '../domain/failures.ts';
import { answer, endpoint, type Handler } from './endpoint.ts';
import { adminTrailQuery } from './record-requests.ts';
import { parseRequest } from './requests.ts';

/** What admins did. */
export function adminTrailRoutes({ db }: { db: Database }): Router {
  const router = Router();
  endpoint(router, '/api/admin/audit', { get: answer(showAdminTrail({ db })) });
  return router;
}

const showAdminTrail =
  ({ db }: { db: Database }): Handler =>
  async (req) => {
    const query = parseRequest(adminTrailQuery, req.query);
    return query.ok ? ok({ body: await listAdminTrail(db, query.value) }) : query;
  };
