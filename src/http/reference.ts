import { type Request, type RequestHandler, type Response, Router } from 'express';
import type Joi from 'joi';
import { createAdvisor, listAdvisors, updateAdvisor } from '../../db/advisors.ts';
import type { Database } from '../../db/connect.ts';
import { createDealer, listDealers, updateDealer } from '../../db/dealers.ts';
import { fingerprintOf } from '../../db/fingerprint.ts';
import { makeOnce } from '../../db/make-once.ts';
import { createVariant, listVariants } from '../../db/variants.ts';
import { fail, ok, type Result } from '../domain/failures.ts';
import type { Actor, Page } from '../domain/import.ts';
import { actorOf, callerIn } from './auth.ts';
import { answer, endpoint } from './endpoint.ts';
import { jsonBody } from './json-body.ts';
import { createListCache, type ListCache } from './list-cache.ts';
import {
  type AdvisorInput,
  type AdvisorPatch,
  activeListQuery,
  advisorInput,
  advisorPatch,
  type DealerPatch,
  dealerInput,
  dealerPatch,
  idempotencyKey,
  isImportId,
  isPathCode,
  parseRequest,
  type ReferenceQuery,
  variantInput,
  variantListQuery,
  type WithReason,
} from './requests.ts';
import { beyondToken, isWithinToken } from './token-limit.ts';

/** What another API process wrote is seen after this. */
const CACHE_MS = 3_000;
const json = jsonBody('256kb');

/** Dealers, advisors and variants, which change rarely; of dealers and advisors those of the token's dealers. */
export function referenceRoutes({ db }: { db: Database }): Router {
  const router = Router();
  const cache = createListCache(CACHE_MS);
  const { list, patch } = { list: listing(cache), patch: writing(cache, 200) };
  const create: typeof patch = (schema, write) => writing(cache, 201)(schema, once(db, write));
  endpoint(router, '/api/admin/dealers', {
    get: list(activeListQuery, (query, { dealers }) => listDealers(db, dealers, query)),
    post: create(dealerInput, (input, { actor }) => createDealer(db, input, actor)),
  });
  endpoint(router, '/api/admin/dealers/:dealerCode', { patch: patch(dealerPatch, changeDealer(db)) });
  endpoint(router, '/api/admin/advisors', {
    get: list(activeListQuery, (query, { dealers }) => listAdvisors(db, dealers, query)),
    post: create(advisorInput, addAdvisor(db)),
  });
  endpoint(router, '/api/admin/advisors/:id', { patch: patch(advisorPatch, changeAdvisor(db)) });
  endpoint(router, '/api/admin/variants', {
    get: list(variantListQuery, (query) => listVariants(db, query)),
    post: create(variantInput, (input, { actor }) => createVariant(db, input, actor)),
  });
  return router;
}

/** Who asks, and what the path says. */
interface Asker {
  /** That the token is limited to; none: no limit. */
  dealers: string[];
  actor: Actor;
  params: Request['params'];
}
const askerOf = (req: Request, res: Response): Asker => ({
  dealers: callerIn(res).dealers,
  actor: actorOf(req, res),
  params: req.params,
});

type Write<T> = (input: Omit<T, 'reason'>, asker: Asker) => Promise<Result<unknown>>;

const changeDealer =
  (db: Database): Write<DealerPatch> =>
  async (change, { dealers, actor, params: { dealerCode } }) =>
    isPathCode(dealerCode) && isWithinToken(dealers, [dealerCode])
      ? updateDealer(db, { ...change, dealerCode }, actor)
      : fail('DEALER_NOT_FOUND', 'There is no such dealer, or it is not yours to change.');

const addAdvisor =
  (db: Database): Write<AdvisorInput> =>
  async (input, { dealers, actor }) =>
    isWithinToken(dealers, input.dealerCodes)
      ? knownDealers(await createAdvisor(db, input, actor))
      : beyondToken(dealers);

const changeAdvisor =
  (db: Database): Write<AdvisorPatch> =>
  async (change, { dealers, actor, params: { id } }) => {
    if (!isImportId(id)) return fail('ADVISOR_NOT_FOUND', 'There is no such advisor.');
    if (change.dealerCodes && !isWithinToken(dealers, change.dealerCodes)) return beyondToken(dealers);
    return knownDealers(await updateAdvisor(db, { id, within: dealers }, { ...change, actor }));
  };

/** `no-cache` lets a browser keep the answer but ask each time whether its ETag still holds: never a stale list. */
const listing =
  (cache: ListCache) =>
  <Q extends ReferenceQuery>(
    schema: Joi.Schema<Q>,
    load: (query: Q, asker: Asker) => Promise<Page<unknown>>,
  ): RequestHandler =>
    answer(async (req, res) => {
      const query = parseRequest(schema, req.query);
      if (!query.ok) return query;
      const asker = askerOf(req, res);
      // With the dealers: what one caller may see must not be remembered for another.
      const key = JSON.stringify([req.path, query.value, asker.dealers]);
      const headers = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization' };
      return ok({ headers, body: await cache.get(key, () => load(query.value, asker)) });
    });

const once =
  <T>(db: Database, write: Write<T>): Write<T> =>
  (input, asker) =>
    makeOnce(db, asker.actor, () => write(input, asker));

/** Of what makes something: a change that is made twice is one without a key. */
function requestKey(req: Request): Result<Actor['once']> {
  if (req.method !== 'POST') return ok(null);
  const key = parseRequest(idempotencyKey, req.get('idempotency-key'));
  if (!key.ok) return key;
  return ok(key.value ? { key: key.value, fingerprint: fingerprintOf([req.path, req.body]) } : null);
}

const writing =
  (cache: ListCache, status: number) =>
  <T extends WithReason>(schema: Joi.Schema<T>, write: Write<T>): RequestHandler[] => {
    const handler = answer(async (req, res) => {
      const input = parseRequest(schema, req.body);
      if (!input.ok) return input;
      const key = requestKey(req);
      if (!key.ok) return key;
      const { reason, ...given } = input.value;
      const asker = askerOf(req, res);
      const written = await write(given, { ...asker, actor: { ...asker.actor, reason, once: key.value } });
      cache.clear();
      return written.ok ? ok({ status, body: written.value }) : written;
    });
    return [...json, handler];
  };

/** An unknown dealer in a body is a fault of the body; 404 would say that the address is wrong. */
function knownDealers<T>(result: Result<T>): Result<T> {
  if (result.ok || result.failure.code !== 'DEALER_NOT_FOUND') return result;
  const { message, detail } = result.failure;
  const errors = [{ pointer: '/dealerCodes', code: 'UNKNOWN_DEALER', message }];
  return fail('INVALID_REQUEST', message, { errors, detail });
}
