import type { Request, RequestHandler, Response } from 'express';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import { type Failure, fail, ok, type Result } from '../domain/failures.ts';
import type { Actor } from '../domain/import.ts';
import { isText } from '../domain/new-booking.ts';
import { addressOf } from './client-address.ts';
import { sendProblem } from './problems.ts';

export const ROLES = ['admin', 'advisor'] as const;
export type Role = (typeof ROLES)[number];

/** Who is calling, as a verified token says. */
export interface Caller {
  /** The token's `sub`: an admin's name, an advisor's e-mail. */
  subject: string;
  role: Role;
  /** Dealer codes that the token is limited to; empty: no limit. */
  dealers: string[];
  /** When the token counts no longer, in ms since the epoch: a stream ends then. */
  expiresAt: number;
}

export interface TokenRules {
  issuer: string;
  audience: string;
  /** Only these signatures count, so that neither `none` nor a public key used as a secret gets in. */
  algorithms: string[];
  keys: JWTVerifyGetKey;
}
/** `ip` is the caller's address. */
export type VerifyToken = (token: string, ip?: string) => Promise<Result<Caller>>;

/** Clocks of issuer and API may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 10;
const SUBJECT_LENGTH = 255;
const DEALER_CODE_LENGTH = 50;
/** Failures to get the issuer's keys, which say nothing about the token. */
const KEYS_AWAY = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

/** Verifies bearer tokens: UNAUTHENTICATED with the reason, AUTH_UNAVAILABLE when the issuer's keys can't be had. */
export function createTokenVerifier(rules: TokenRules, log: Logger): VerifyToken {
  const options = {
    issuer: rules.issuer,
    audience: rules.audience,
    algorithms: rules.algorithms,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['sub', 'exp', 'role'],
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, rules.keys, options);
      return callerOf(payload);
    } catch (error) {
      const refused = refusal(error);
      // Otherwise nobody would learn why: the caller is not told.
      if (refused.failure.code === 'AUTH_UNAVAILABLE')
        log.warn({ err: error }, 'the keys of the issuer are not to be had');
      return refused;
    }
  };
}

function callerOf(payload: JWTPayload): Result<Caller> {
  const { sub, role, dealers, exp = 0 } = payload;
  // What is no text would be refused by Postgres much later, as a surprise.
  if (typeof sub !== 'string' || sub === '' || sub.length > SUBJECT_LENGTH || !isText(sub))
    return unauthenticated(`its subject must be a text of 1 to ${SUBJECT_LENGTH} characters`);
  if (!ROLES.includes(role as Role)) return unauthenticated(`its role must be one of ${ROLES.join(', ')}`);
  if (dealers !== undefined && !isDealerList(dealers)) return unauthenticated(WRONG_DEALERS);
  const expiresAt = (exp + CLOCK_TOLERANCE_SECONDS) * 1000;
  return ok({ subject: sub, role: role as Role, dealers: [...new Set(dealers)].sort(), expiresAt });
}

// An empty list may be meant as "no dealer": to take it for "all of them" would be the worst of guesses.
const WRONG_DEALERS = 'its dealers must be a list of at least one dealer code, or be left out';
const isDealerList = (dealers: unknown): dealers is string[] =>
  Array.isArray(dealers) && dealers.length > 0 && dealers.every(isDealerCode);
const isDealerCode = (code: unknown): boolean =>
  typeof code === 'string' && code !== '' && code.length <= DEALER_CODE_LENGTH && isText(code);

function refusal(error: unknown) {
  if (!(error instanceof errors.JOSEError) || KEYS_AWAY.has(error.code))
    return fail('AUTH_UNAVAILABLE', 'The keys that verify tokens cannot be fetched from their issuer; try again.');
  return unauthenticated(error instanceof errors.JWTExpired ? 'it has expired' : 'it does not verify');
}

const unauthenticated = (why: string) => fail('UNAUTHENTICATED', `The bearer token is not accepted: ${why}.`);

/** Lets through only callers with a verified token: 401 with `WWW-Authenticate` else. What they may, `guard` decides. */
export function authenticate(verify: VerifyToken): RequestHandler {
  return async (req, res, next) => {
    const caller = await identify(req, verify);
    if (!caller.ok) return refuseCaller(res, caller.failure, 'invalid_token');
    res.locals.caller = caller.value;
    next();
  };
}

/** The bearer token of a request, not verified. */
export const bearerIn = (req: Request): string | undefined =>
  /^bearer +([\w.~+/=-]+)$/i.exec(req.get('authorization') ?? '')?.[1];

async function identify(req: Request, verify: VerifyToken): Promise<Result<Caller>> {
  if (!req.get('authorization')) return fail('UNAUTHENTICATED', 'Send a bearer token in the Authorization header.');
  const token = bearerIn(req);
  return token ? verify(token, req.ip) : unauthenticated('the Authorization header must read "Bearer" and a token');
}

/** Says why the caller isn't let in; `error` is RFC 6750's word for it. */
export function refuseCaller(res: Response, failure: Failure, error: string): void {
  const attempted = Boolean(res.req.get('authorization'));
  // RFC 6750 section 3: no error code for a request without any credentials.
  if (failure.code === 'UNAUTHENTICATED' || failure.code === 'FORBIDDEN')
    res.set('WWW-Authenticate', `Bearer realm="booking-import"${attempted ? `, error="${error}"` : ''}`);
  sendProblem(res, failure);
}

/** The caller that `authenticate` let through. */
export function callerIn(res: Response): Caller {
  const { caller } = res.locals;
  if (!caller) throw new Error('this route has no authenticate in front of it');
  return caller;
}

/** The caller for the audit trail. */
export const actorOf = (req: Request, res: Response): Actor => ({
  subject: callerIn(res).subject,
  ip: addressOf(req.ip),
  userAgent: req.get('user-agent')?.slice(0, 512) ?? null,
});
