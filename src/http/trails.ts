import { Router } from 'express';
import type Joi from 'joi';
import { listAccesses } from '../../db/access-log.ts';
import { listAdminTrail } from '../../db/admin-trail.ts';
import type { Database } from '../../db/connect.ts';
import { ok } from '../domain/failures.ts';
import type { Page } from '../domain/import.ts';
import { answer, endpoint } from './endpoint.ts';
import { accessListQuery, adminTrailQuery } from './record-requests.ts';
import { parseRequest } from './requests.ts';

/** What admins did, and who called. */
export function trailRoutes({ db }: { db: Database }): Router {
  const router = Router();
  const listing = <Q>(schema: Joi.Schema<Q>, list: (db: Database, query: Q) => Promise<Page<unknown>>) =>
    answer(async (req) => {
      const query = parseRequest(schema, req.query);
      return query.ok ? ok({ body: await list(db, query.value) }) : query;
    });
  endpoint(router, '/api/admin/audit', { get: listing(adminTrailQuery, listAdminTrail) });
  endpoint(router, '/api/admin/access-log', { get: listing(accessListQuery, listAccesses) });
  return router;
}
