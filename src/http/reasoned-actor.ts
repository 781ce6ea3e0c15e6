import express, { type Request, type Response } from 'express';
import { ok, type Result } from '../domain/failures.ts';
import type { Actor } from '../domain/import.ts';
import { actorOf } from './auth.ts';
import { parseRequest, reasonInput } from './requests.ts';

/** Reads the body of a command: a reason, or nothing, for which no form is asked. */
export const reasonBody = express.json({ limit: '4kb' });

/** The caller for the admins' trail, with the reason that a command without another body may give. */
export function reasonedActor(req: Request, res: Response): Result<Actor> {
  const given = parseRequest(reasonInput, req.body);
  return given.ok ? ok({ ...actorOf(req, res), reason: given.value.reason ?? null }) : given;
}
