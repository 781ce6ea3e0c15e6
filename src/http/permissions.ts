import type { RequestHandler } from 'express';
import type { Failure } from '../domain/failures.ts';
import { type Caller, callerIn, ROLES, type Role, refuseCaller } from './auth.ts';

export type Method = 'get' | 'post' | 'patch' | 'delete';
/** `unlimitedAdmin`: one whose token isn't limited to dealers. `anybody` needs no token, `caller` needs one of any role. */
export type Access = 'anybody' | 'caller' | 'admin' | 'unlimitedAdmin' | 'advisor';

/**
 * Who may call what: the only place that says so. A route without a row doesn't compile, and doesn't start. What of the
 * things behind a route is whose, each query decides by the caller's scope: another's is 404.
 */
export const PERMISSIONS = {
  '/': { get: 'anybody' },
  '/healthz': { get: 'anybody' },
  '/readyz': { get: 'anybody' },
  // With METRICS_TOKEN set, only to whoever sends that.
  '/metrics': { get: 'anybody' },
  '/openapi.json': { get: 'anybody' },
  '/docs': { get: 'anybody' },
  '/docs/start.js': { get: 'anybody' },
  '/docs/assets/:name': { get: 'anybody' },
  '/api/admin/bookings': { post: 'admin' },
  '/api/admin/bookings/preview': { post: 'admin' },
  '/api/admin/bookings/validate': { post: 'admin' },
  '/api/admin/bookings/import': { post: 'admin' },
  '/api/admin/bookings/imports': { get: 'admin' },
  '/api/admin/bookings/imports/:id': { get: 'admin', delete: 'admin' },
  '/api/admin/bookings/imports/:id/progress': { get: 'admin' },
  '/api/admin/bookings/imports/:id/rows': { get: 'admin' },
  '/api/admin/bookings/imports/:id/errors': { get: 'admin' },
  '/api/admin/bookings/imports/:id/retry': { post: 'admin' },
  '/api/admin/bookings/imports/:id/pause': { post: 'admin' },
  '/api/admin/bookings/imports/:id/resume': { post: 'admin' },
  '/api/admin/bookings/imports/:id/undo': { post: 'admin' },
  '/api/admin/bookings/stats': { get: 'admin' },
  '/api/admin/bookings/:id/assign': { patch: 'admin' },
  '/api/admin/bookings/:id/status': { patch: 'admin' },
  '/api/admin/bookings/:id/notes': { post: 'admin' },
  '/api/admin/dealers': { get: 'admin', post: 'unlimitedAdmin' },
  '/api/admin/dealers/:dealerCode': { patch: 'admin' },
  '/api/admin/advisors': { get: 'admin', post: 'admin' },
  '/api/admin/advisors/:id': { patch: 'admin' },
  '/api/admin/variants': { get: 'admin', post: 'unlimitedAdmin' },
  '/api/admin/reconcile': { post: 'unlimitedAdmin' },
  '/api/admin/customers/erase': { post: 'unlimitedAdmin' },
  '/api/admin/customers/export': { post: 'unlimitedAdmin' },
  '/api/admin/codec/decode': { post: 'unlimitedAdmin' },
  '/api/admin/audit': { get: 'unlimitedAdmin' },
  '/api/admin/access-log': { get: 'unlimitedAdmin' },
  '/api/advisor/bookings': { get: 'advisor' },
  '/api/advisor/bookings/:id/status': { patch: 'advisor' },
  '/api/advisor/bookings/:id/history': { get: 'advisor' },
  '/api/advisor/bookings/:id/notes': { post: 'advisor' },
  '/api/bookings': { get: 'caller' },
  '/api/bookings/:id': { get: 'caller' },
  '/api/bookings/:id/lifecycle': { get: 'caller' },
  '/api/bookings/:id/audit': { get: 'caller' },
  '/api/bookings/:id/reschedule': { patch: 'caller' },
  '/api/notifications': { get: 'caller' },
  '/api/notifications/stream': { get: 'caller' },
} as const satisfies Record<string, Partial<Record<Method, Access>>>;

export type Path = keyof typeof PERMISSIONS;
export type MethodsOf<P extends Path> = keyof (typeof PERMISSIONS)[P];

const ROLES_OF: Record<Exclude<Access, 'anybody'>, readonly Role[]> = {
  caller: ROLES,
  admin: ['admin'],
  unlimitedAdmin: ['admin'],
  advisor: ['advisor'],
};

/** Which roles an access is for. */
export const rolesOf = (access: Exclude<Access, 'anybody'>): readonly Role[] => ROLES_OF[access];

/** Lets through whom the access is for: 403 to the others. Whoever has no token was refused before, by `authenticate`. */
export const guard =
  (access: Access): RequestHandler =>
  (_req, res, next) => {
    const refusal = access === 'anybody' ? undefined : refusalOf(access, callerIn(res));
    return refusal ? refuseCaller(res, refusal, 'insufficient_scope') : next();
  };

function refusalOf(access: Exclude<Access, 'anybody'>, { role, dealers }: Caller): Failure | undefined {
  const roles = rolesOf(access);
  if (!roles.includes(role)) return { code: 'FORBIDDEN', message: `This needs the role ${roles.join(' or ')}.` };
  if (access !== 'unlimitedAdmin' || dealers.length === 0) return undefined;
  const message = `This needs an admin of all dealers; this token is for the dealers ${dealers.join(', ')}.`;
  return { code: 'FORBIDDEN', message };
}
