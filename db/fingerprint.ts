import { createHash } from 'node:crypto';

/** One hash for all ways to write the same JSON: the order of members says nothing. */
export function fingerprintOf(value: unknown): string {
  const sorted = JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
  return createHash('sha256')
    .update(sorted ?? '')
    .digest('hex');
}
