import express, { type RequestHandler } from 'express';
import { sendProblem } from './problems.ts';

const JSON_TYPES = ['json', '+json'];

/** Reads a body of JSON, at most `limit` (such as `64kb`), into `req.body`. One that isn't JSON is refused, none is not. */
export const jsonBody = (limit: string): RequestHandler[] => [
  (req, res, next) => {
    const isEmpty = req.get('content-length') === '0';
    if (isEmpty || req.is(JSON_TYPES) !== false) return next();
    const message = 'The body must be JSON; send it as Content-Type: application/json.';
    sendProblem(res, { code: 'UNSUPPORTED_MEDIA_TYPE', message });
  },
  // Not only objects and arrays: `null` is JSON, and what the request's schema says of it is the better answer.
  express.json({ limit, type: JSON_TYPES, strict: false }),
];
