import type { Page } from '../src/domain/import.ts';

/** Cursors are opaque to clients: the last key of a page, base64url. */
export const encodeCursor = (key: string | number): string => Buffer.from(String(key)).toString('base64url');
export const decodeCursor = (cursor: string | null | undefined): string | null =>
  cursor ? Buffer.from(cursor, 'base64url').toString() : null;

/** Makes a page of rows that were asked for with `limit + 1`. */
export function toPage<T>(found: T[], limit: number, key: (item: T) => string | number): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? encodeCursor(key(last)) : null };
}
