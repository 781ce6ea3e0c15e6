import type { Request, RequestHandler, Response } from 'express';
import { newId } from '../../db/ids.ts';
import type { Access } from '../domain/access.ts';
import type { Failure } from '../domain/failures.ts';
import type { Caller } from './auth.ts';
import { addressOf } from './client-address.ts';

// An admin's reads that hold no customers, or one of them. Whatever isn't among them counts as customers' data in bulk:
// a new endpoint is recorded until somebody says that it needn't be.
const PLAIN_READS = new Set([
  '/api/admin/bookings/imports',
  '/api/admin/bookings/imports/:id',
  '/api/admin/bookings/imports/:id/progress',
  '/api/admin/bookings/stats',
  '/api/admin/dealers',
  '/api/admin/advisors',
  '/api/admin/variants',
  '/api/bookings/:id',
  '/api/bookings/:id/lifecycle',
  '/api/bookings/:id/audit',
  '/api/notifications',
  '/api/notifications/stream',
]);
/** As nginx has it: the caller was gone before there was an answer. */
const HUNG_UP = 499;
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_ID = /[0-9A-HJKMNP-TV-Z]{26}$/;

/** Records, once they are answered, what admins change or read in bulk, and who is not let in. */
export function logAccess(record: (access: Access) => void): RequestHandler {
  return (req, res, next) => {
    // A connection that is closed has no address any more.
    const ip = addressOf(req.ip);
    res.once('close', () => {
      if (isWorthIt(req, res)) record(accessOf(req, res, ip));
    });
    next();
  };
}

function isWorthIt(req: Request, res: Response): boolean {
  const { caller, route, failure } = knownOf(res);
  if (failure?.code === 'UNAUTHENTICATED') return req.get('authorization') !== undefined;
  if (failure?.code === 'FORBIDDEN') return true;
  if (caller?.role !== 'admin' || route === undefined) return false;
  return !READS.has(req.method) || !PLAIN_READS.has(route);
}

function accessOf(req: Request, res: Response, ip: string | null): Access {
  const { caller, route, failure } = knownOf(res);
  const letIn = failure?.code !== 'UNAUTHENTICATED' && failure?.code !== 'FORBIDDEN';
  return {
    id: newId(),
    at: new Date().toISOString(),
    // Half a surrogate pair is no text to Postgres, and the whole batch would be refused with it.
    subject: caller?.subject.toWellFormed() ?? null,
    role: caller?.role ?? null,
    ip,
    userAgent: req.get('user-agent')?.slice(0, 512) ?? null,
    method: req.method,
    route: route ?? areaOf(req.originalUrl),
    status: res.headersSent ? res.statusCode : HUNG_UP,
    requestId: String(req.id),
    objectId: objectOf(req, res),
    failure: failure?.code ?? (res.writableFinished ? null : 'CONNECTION_CLOSED'),
    // The words of other failures may quote what was sent.
    failureDetail: letIn ? null : (failure?.message ?? null),
  };
}

interface Known {
  caller?: Caller;
  route?: string;
  failure?: Failure;
}
const knownOf = (res: Response): Known => res.locals;

/** What is named by the path, or was just made; what is no id of ours may be anything, a customer's name too. */
function objectOf(req: Request, res: Response): string | null {
  const named = String(req.params.id ?? res.get('location') ?? '');
  return OWN_ID.exec(named)?.[0] ?? null;
}

const areaOf = (url: string): string => /^\/api\/(admin|advisor|bookings|notifications)\b/.exec(url)?.[0] ?? 'other';
