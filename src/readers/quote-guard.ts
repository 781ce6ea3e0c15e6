import { refusal } from './refuse.ts';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** A quoted cell may be this long; what is longer is a quote that somebody forgot to close. */
const LONGEST_QUOTED_BYTES = 32 * 1024 * 1024;

/**
 * Watches the bytes on their way to the CSV parser for a quote that nobody closes: it would swallow all rows up to the
 * next quote, or to the end of the file. Jumps from quote to quote, so it costs some 10 ms for 10 MB.
 * A quote inside an unquoted cell (`5" pipe`) is text. So is one with more text behind it on the line where its cell
 * began (`"Acme" Motors`): that can spoil no other row. But a quoted cell that runs over a line end and then stops
 * before no separator was never closed.
 */
export class QuoteGuard {
  readonly #delimiter: number;
  /** Bytes of the file before this chunk. */
  #passed = 0;
  /** Where in the file the open quote stands; -1 outside quotes. */
  #openedAt = -1;
  /** Whether a line has ended since the open quote, in earlier chunks. */
  #overLines = false;
  /** A quote was the last byte: only the next one says what it means. */
  #pending = false;
  #previous = LF;

  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** Looks at the next bytes. Answers where the unclosed quote stands as soon as that is certain, else -1. */
  check(chunk: Buffer): number {
    if (chunk.length === 0) return -1;
    let i = 0;
    if (this.#pending) {
      this.#pending = false;
      i = this.#closeOrEscape(chunk, -1);
      if (i < 0) return this.#openedAt;
    }
    for (let q = chunk.indexOf(QUOTE, i); q >= 0; q = chunk.indexOf(QUOTE, i)) {
      i = this.#openedAt < 0 ? this.#openOrText(chunk, q) : this.#closeOrEscape(chunk, q);
      if (i < 0) return this.#openedAt;
    }
    return this.#leave(chunk);
  }

  /** The file has ended. Answers where an unclosed quote stands, else -1. */
  end(): number {
    return this.#pending ? -1 : this.#openedAt;
  }

  #openOrText(chunk: Buffer, q: number): number {
    const before = q > 0 ? (chunk[q - 1] as number) : this.#previous;
    if (before === this.#delimiter || before === LF || before === CR) {
      this.#openedAt = this.#passed + q;
      this.#overLines = false;
    }
    return q + 1;
  }

  #closeOrEscape(chunk: Buffer, q: number): number {
    if (q + 1 === chunk.length) {
      this.#pending = true;
      return chunk.length;
    }
    const after = chunk[q + 1] as number;
    if (after === QUOTE) return q + 2;
    const closes = after === this.#delimiter || after === LF || after === CR;
    if (!closes && this.#hasLineEnd(chunk, q)) return -1;
    this.#openedAt = -1;
    return q + 1;
  }

  #hasLineEnd(chunk: Buffer, until: number): boolean {
    if (this.#overLines) return true;
    const inside = chunk.subarray(Math.max(0, this.#openedAt - this.#passed), Math.max(0, until));
    return inside.includes(LF) || inside.includes(CR);
  }

  #leave(chunk: Buffer): number {
    if (this.#openedAt >= 0) this.#overLines = this.#hasLineEnd(chunk, chunk.length);
    this.#passed += chunk.length;
    this.#previous = chunk[chunk.length - 1] as number;
    return this.#openedAt >= 0 && this.#passed - this.#openedAt > LONGEST_QUOTED_BYTES ? this.#openedAt : -1;
  }
}

export const unclosedQuote = (line: number) =>
  refusal(
    'UNCLOSED_QUOTE',
    `A quote (") opens on line ${line} and is never closed. Close it, or remove it, and upload the file again.`,
    { detail: { line } },
  );
