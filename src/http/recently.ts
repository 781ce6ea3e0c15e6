/** Remembers what was found for a key for a while, so that many who ask at once cost as much as one. */
export function recently<T>(milliseconds: number): (key: string, find: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, { value: Promise<T>; until: number }>();
  return (key, find) => {
    const now = Date.now();
    for (const [old, { until }] of kept) if (until < now) kept.delete(old);
    const known = kept.get(key);
    if (known) return known.value;
    const value = find();
    kept.set(key, { value, until: now + milliseconds });
    value.catch(() => kept.delete(key));
    return value;
  };
}
