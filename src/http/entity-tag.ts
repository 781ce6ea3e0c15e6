import type { Request } from 'express';

/** A booking's `ETag`: its version. */
export const versionTag = (version: number): string => `"${version}"`;

/**
 * Whether a GET's If-None-Match names the tag (RFC 9110 section 13.1.2). Not left to express, which sends the whole
 * answer to clients that ask with `Cache-Control: no-cache`, as fetch does by itself beside such a header.
 */
export function isKnown(req: Request, tag: string): boolean {
  const given = req.get('if-none-match')?.trim();
  if (given === undefined) return false;
  return given === '*' || given.split(',').some((each) => each.trim().replace(/^W\//, '') === tag);
}
