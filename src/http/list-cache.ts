/** A cache must not grow with what callers think of asking. */
const MAX_ENTRIES = 500;

export interface ListCache {
  /** The remembered value for the key, else what `load` gives, remembered for the time to live. */
  get<T>(key: string, load: () => Promise<T>): Promise<T>;
  /** After a write: what is being loaded at this moment is forgotten, too. */
  clear(): void;
}

/** For data that rarely changes. Writes of this process clear it; those of others are seen after `ttlMs`. */
export function createListCache(ttlMs: number): ListCache {
  const entries = new Map<string, { value: Promise<unknown>; until: number }>();
  return {
    get: <T>(key: string, load: () => Promise<T>) => {
      const known = entries.get(key);
      if (known && Date.now() < known.until) return known.value as Promise<T>;
      if (entries.size >= MAX_ENTRIES) entries.clear();
      const entry = { value: load(), until: Date.now() + ttlMs };
      entries.set(key, entry);
      entry.value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return entry.value;
    },
    clear: () => entries.clear(),
  };
}
