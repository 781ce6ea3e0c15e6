/** What was found of the last few texts: full, it starts anew, since what recurs in a file does so near itself. */
export interface ShortMemory<T> {
  of(text: string): T | undefined;
  /** Gives the value back. */
  keep(text: string, value: T): T;
}

export function createMemory<T>(most: number): ShortMemory<T> {
  let known = new Map<string, T>();
  return {
    of: (text) => known.get(text),
    keep(text, value) {
      if (known.size >= most) known = new Map();
      known.set(text, value);
      return value;
    },
  };
}
