// A piece of some ten kB: short enough to be collected young, long enough for what each call costs.
const PIECE_ROWS = 32;

/**
 * Text as bytes, put together from pieces. A chunk of 100 kB as one string is made, flattened and encoded, each time
 * whole, and at two bytes a character for one letter outside Latin-1: strings so large are a third of what an import
 * allocated, and lie in V8's old generation until all of it is collected, twice as often.
 */
export class Utf8Builder {
  #bytes = Buffer.allocUnsafeSlow(1 << 16);
  #length = 0;

  add(text: string): this {
    // A UTF-16 unit takes three bytes at most.
    this.#makeRoom(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length);
    return this;
  }

  /** JSON's array of these; `escaped` is for whoever reads the text before a parser does. */
  addArray(values: unknown[], escaped: (json: string) => string = (json) => json): this {
    this.add('[');
    for (let first = 0; first < values.length; first += PIECE_ROWS) {
      if (first > 0) this.add(',');
      this.add(escaped(JSON.stringify(values.slice(first, first + PIECE_ROWS)).slice(1, -1)));
    }
    return this.add(']');
  }

  /** What was added since the last time, as a copy. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
