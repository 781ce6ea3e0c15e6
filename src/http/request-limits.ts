import type { RequestHandler } from 'express';
import { sendProblem } from './problems.ts';

/** Sixteen kilobytes hold thousands of tiny ones, and each is an entry of an object. */
const MAX_HEADERS = 100;

/**
 * Refuses a request with too many headers, and answers one whose body doesn't come within `bodyMs`. An upload has its own
 * time (`withUpload`).
 */
export const limitRequests =
  (bodyMs: number): RequestHandler =>
  (req, res, next) => {
    if (req.rawHeaders.length > 2 * MAX_HEADERS)
      return sendProblem(res, { code: 'HEADERS_TOO_LARGE', message: `At most ${MAX_HEADERS} headers are read.` });
    const { 'content-length': length, 'transfer-encoding': encoding, 'content-type': type = '' } = req.headers;
    const isAwaited = (length !== undefined || encoding !== undefined) && !/^multipart\//i.test(type);
    if (isAwaited) {
      const message = `The request's body was not complete after ${Math.round(bodyMs / 1000)} s.`;
      const late = () => void (req.complete || sendProblem(res, { code: 'REQUEST_TIMEOUT', message }));
      const timer = setTimeout(late, bodyMs);
      res.once('close', () => clearTimeout(timer));
    }
    next();
  };
