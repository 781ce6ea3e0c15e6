import { Router } from 'express';
import { listAccesses } from '../../db/access-log.ts';
import type { Database } from '../../db/connect.ts';
import { ok } from '../domain/failures.ts';
import { answer, endpoint, type Handler } from './endpoint.ts';
import { accessListQuery } from './record-requests.ts';
import { parseRequest } from './requests.ts';

/** Who called. */
export function accessRoutes({ db }: { db: Database }): Router {
  const router = Router();
  endpoint(router, '/api/admin/access-log', { get: answer(showAccesses({ db })) });
  return router;
}

const showAccesses =
  ({ db }: { db: Database }): Handler =>
  async (req) => {
    const query = parseRequest(accessListQuery, req.query);
    return query.ok ? ok({ body: await listAccesses(db, query.value) }) : query;
  };
