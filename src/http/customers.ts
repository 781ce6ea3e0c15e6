import { type Request, type Response, Router } from 'express';
import { repeatKeyOf } from '../../db/customer-requests.ts';
import { type Erasure, eraseCustomer } from '../../db/erase-customer.ts';
import { exportCustomer } from '../../db/export-customer.ts';
import { toCustomerKey } from '../domain/customer.ts';
import { ok, type Result } from '../domain/failures.ts';
import { actorOf, callerIn } from './auth.ts';
import { eraseInput, exportInput } from './customer-requests.ts';
import { type Answer, answer, endpoint } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
import { jsonBody } from './json-body.ts';
import { idempotencyKey, parseRequest } from './requests.ts';

export type CustomerDeps = Pick<ImportDeps, 'db' | 'temporal'>;

/** So long the lifecycles are told; whom it doesn't reach, the reconcile does. */
const REFRESH_MS = 2_000;
/** A customer has a handful of bookings; a phone that stands for "none" may have thousands. */
const REFRESHED = 50;

/** What a customer may ask for. POST, so that no phone stands in an address. */
export function customerRoutes(deps: CustomerDeps): Router {
  const router = Router();
  const json = jsonBody('16kb');
  endpoint(router, '/api/admin/customers/erase', { post: [...json, answer((req, res) => erase(deps, req, res))] });
  endpoint(router, '/api/admin/customers/export', { post: [...json, answer((req, res) => handOut(deps, req, res))] });
  return router;
}

async function erase({ db, temporal }: CustomerDeps, req: Request, res: Response): Promise<Result<Answer>> {
  const asked = parseRequest(eraseInput, req.body);
  if (!asked.ok) return asked;
  const { reason, dryRun, ...customer } = asked.value;
  const key = toCustomerKey(customer);
  if (!key.ok) return key;
  const repeat = await repeatOf(req, res);
  if (!repeat.ok) return repeat;
  const request = { key: key.value, reason, dryRun, actor: actorOf(req, res), repeat: dryRun ? null : repeat.value };
  const erased = await eraseCustomer(db, request);
  if (!erased.ok) return erased;
  if (!dryRun) await refresh({ temporal }, erased.value);
  const { pseudonym, counts, known } = erased.value;
  return ok({ body: { dryRun, pseudonym, counts, known } });
}

async function repeatOf(req: Request, res: Response) {
  const key = parseRequest(idempotencyKey, req.get('idempotency-key'));
  if (!key.ok) return key;
  return ok(key.value === undefined ? null : await repeatKeyOf(callerIn(res).subject, key.value, req.body));
}

const refresh = ({ temporal }: Pick<CustomerDeps, 'temporal'>, { bookingIds }: Erasure) =>
  temporal.call(({ bookings }) => Promise.all(bookingIds.slice(0, REFRESHED).map(bookings.refresh)), REFRESH_MS);

async function handOut({ db }: CustomerDeps, req: Request, res: Response): Promise<Result<Answer>> {
  const asked = parseRequest(exportInput, req.body);
  if (!asked.ok) return asked;
  const { reason, ...customer } = asked.value;
  const key = toCustomerKey(customer);
  if (!key.ok) return key;
  const body = await exportCustomer(db, key.value, { actor: actorOf(req, res), reason });
  return ok({ headers: { 'Content-Disposition': 'attachment; filename="customer-data.json"' }, body });
}
