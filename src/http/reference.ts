import express, { type Request, type RequestHandler, Router } from 'express';
import type Joi from 'joi';
import { createAdvisor, listAdvisors, updateAdvisor } from '../../db/advisors.ts';
import type { Database } from '../../db/connect.ts';
import { createDealer, listDealers, updateDealer } from '../../db/dealers.ts';
import { createVariant, listVariants } from '../../db/variants.ts';
import { fail, ok, type Result } from '../domain/failures.ts';
import type { Page } from '../domain/import.ts';
import { answer, endpoint } from './endpoint.ts';
import { createListCache, type ListCache } from './list-cache.ts';
import {
  activeListQuery,
  advisorInput,
  advisorPatch,
  dealerInput,
  dealerPatch,
  isImportId,
  isPathCode,
  parseRequest,
  type ReferenceQuery,
  variantInput,
  variantListQuery,
} from './requests.ts';

/** What another API process wrote is seen after this. */
const CACHE_MS = 3_000;
const json = express.json({ limit: '256kb' });

/** Dealers, advisors and variants, which change rarely. */
export function referenceRoutes({ db }: { db: Database }): Router {
  const router = Router();
  const cache = createListCache(CACHE_MS);
  const { list, create, patch } = { list: listing(cache), create: creating(cache), patch: patching(cache) };
  endpoint(router, '/api/admin/dealers', {
    get: list(activeListQuery, (query) => listDealers(db, query)),
    post: create(dealerInput, (input) => createDealer(db, input)),
  });
  endpoint(router, '/api/admin/dealers/:dealerCode', {
    patch: patch(dealerPatch, async (change, { dealerCode }) =>
      isPathCode(dealerCode)
        ? updateDealer(db, dealerCode, change)
        : fail('DEALER_NOT_FOUND', 'There is no such dealer.'),
    ),
  });
  endpoint(router, '/api/admin/advisors', {
    get: list(activeListQuery, (query) => listAdvisors(db, query)),
    post: create(advisorInput, async (input) => knownDealers(await createAdvisor(db, input))),
  });
  endpoint(router, '/api/admin/advisors/:id', {
    patch: patch(advisorPatch, async (change, { id }) =>
      isImportId(id)
        ? knownDealers(await updateAdvisor(db, id, change))
        : fail('ADVISOR_NOT_FOUND', 'There is no such advisor.'),
    ),
  });
  endpoint(router, '/api/admin/variants', {
    get: list(variantListQuery, (query) => listVariants(db, query)),
    post: create(variantInput, (input) => createVariant(db, input)),
  });
  return router;
}

/** `no-cache` lets a browser keep the answer but ask each time whether its ETag still holds: never a stale list. */
const listing =
  (cache: ListCache) =>
  <Q extends ReferenceQuery>(schema: Joi.Schema<Q>, load: (query: Q) => Promise<Page<unknown>>): RequestHandler =>
    answer(async (req) => {
      const query = parseRequest(schema, req.query);
      if (!query.ok) return query;
      const key = `${req.path} ${JSON.stringify(query.value)}`;
      const headers = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization' };
      return ok({ headers, body: await cache.get(key, () => load(query.value)) });
    });

const creating =
  (cache: ListCache) =>
  <T>(schema: Joi.Schema<T>, create: (input: T) => Promise<Result<unknown>>): RequestHandler[] =>
    writing(cache, schema, { status: 201, write: create });

const patching =
  (cache: ListCache) =>
  <T>(
    schema: Joi.Schema<T>,
    update: (change: T, params: Request['params']) => Promise<Result<unknown>>,
  ): RequestHandler[] =>
    writing(cache, schema, { status: 200, write: update });

function writing<T>(
  cache: ListCache,
  schema: Joi.Schema<T>,
  { status, write }: { status: number; write: (input: T, params: Request['params']) => Promise<Result<unknown>> },
): RequestHandler[] {
  const handler = answer(async (req) => {
    const input = parseRequest(schema, req.body);
    if (!input.ok) return input;
    const written = await write(input.value, req.params);
    cache.clear();
    return written.ok ? ok({ status, body: written.value }) : written;
  });
  return [json, handler];
}

/** An unknown dealer in a body is a fault of the body; 404 would say that the address is wrong. */
function knownDealers<T>(result: Result<T>): Result<T> {
  if (result.ok || result.failure.code !== 'DEALER_NOT_FOUND') return result;
  const { message, detail } = result.failure;
  const errors = [{ pointer: '/dealerCodes', code: 'UNKNOWN_DEALER', message }];
  return fail('INVALID_REQUEST', message, { errors, detail });
}
