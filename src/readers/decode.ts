import { isUtf8 } from 'node:buffer';
import { markByte, markSurrogate, protectMarks } from './damage.ts';

/** Turns a file's bytes, chunk by chunk, into UTF-8 whose damage is marked (`damage.ts`). */
export interface Decoder {
  write(chunk: Buffer): Buffer;
  end(): Buffer;
}

const NOTHING = Buffer.alloc(0);

/** A decoder for an encoding by its WHATWG name. A byte order mark is the caller's to skip. */
export function createDecoder(encoding: string): Decoder {
  if (encoding === 'utf-8') return chunked(utf8CutAt, decodeUtf8);
  if (encoding === 'utf-16le') return chunked(utf16CutAt, (bytes) => decodeUtf16(bytes));
  if (encoding === 'utf-16be') return chunked(utf16beCutAt, (bytes) => decodeUtf16(swapped(bytes)));
  // The multi-byte encodings of the web never use 0x0A inside a character, so a line is always whole.
  return chunked(isSingleByte(encoding) ? (bytes) => bytes.length : afterLastLine, decodeLegacy(encoding));
}

/** Decodes only up to where `cutAt` says that a character ends; the rest waits for the next chunk. */
function chunked(cutAt: (bytes: Buffer) => number, decode: (bytes: Buffer) => Buffer): Decoder {
  let rest: Buffer = NOTHING;
  return {
    write(chunk) {
      const bytes = rest.length ? Buffer.concat([rest, chunk]) : chunk;
      const cut = cutAt(bytes);
      // A copy, because a read stream reuses nothing but a slice would keep its whole chunk alive.
      rest = cut < bytes.length ? Buffer.from(bytes.subarray(cut)) : NOTHING;
      return decode(bytes.subarray(0, cut));
    },
    end: () => (rest.length ? decode(rest) : NOTHING),
  };
}

/** Where the last character that is surely whole ends. */
export function utf8CutAt(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

const sequenceLength = (lead: number) => (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

function decodeUtf8(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return protectMarks(bytes);
  const parts: Buffer[] = [];
  let good = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = utf8CharacterAt(bytes, i);
    if (length > 0) {
      i += length;
      continue;
    }
    parts.push(protectMarks(bytes.subarray(good, i)), markByte(bytes[i] as number));
    good = ++i;
  }
  return Buffer.concat([...parts, protectMarks(bytes.subarray(good))]);
}

/** Bytes of the well-formed character at `i` (Unicode 16, table 3-7), or 0 when there is none. */
export function utf8CharacterAt(bytes: Buffer, i: number): number {
  const lead = bytes[i] as number;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = sequenceLength(lead);
  if (i + length > bytes.length) return 0;
  const second = bytes[i + 1] as number;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let k = 2; k < length; k++) if (((bytes[i + k] as number) & 0xc0) !== 0x80) return 0;
  return length;
}

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

/** An even number of bytes that doesn't part a surrogate pair; `highByte` is where a unit's high byte stands. */
function pairsCutAt(bytes: Buffer, highByte: 0 | 1): number {
  const even = bytes.length - (bytes.length % 2);
  const lastHigh = even >= 2 ? (bytes[even - 2 + highByte] as number) : 0;
  return lastHigh >= 0xd8 && lastHigh <= 0xdb ? even - 2 : even;
}
const utf16CutAt = (bytes: Buffer) => pairsCutAt(bytes, 1);
const utf16beCutAt = (bytes: Buffer) => pairsCutAt(bytes, 0);

function swapped(bytes: Buffer): Buffer {
  const even = bytes.length - (bytes.length % 2);
  const copy = Buffer.from(bytes);
  copy.subarray(0, even).swap16();
  return copy;
}

function decodeUtf16(bytes: Buffer): Buffer {
  const even = bytes.length - (bytes.length % 2);
  const text = bytes.toString('utf16le', 0, even);
  const tail = even < bytes.length ? [markByte(bytes[even] as number)] : [];
  if (text.isWellFormed() && !tail.length) return protectMarks(Buffer.from(text));
  const parts: Buffer[] = [];
  let good = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) i++;
    else if (isHigh(unit) || isLow(unit)) {
      parts.push(protectMarks(Buffer.from(text.slice(good, i))), markSurrogate(unit));
      good = i + 1;
    }
  }
  return Buffer.concat([...parts, protectMarks(Buffer.from(text.slice(good))), ...tail]);
}

const MULTI_BYTE = /^(gb|big5|euc-|shift_jis|iso-2022)/;
const isSingleByte = (encoding: string) => !MULTI_BYTE.test(encoding);
const afterLastLine = (bytes: Buffer) => bytes.lastIndexOf(0x0a) + 1;

// Bytes 0x80 to 0x9F. Node's own decoder reads them as ISO 8859-1 (Node 20: 0x92 becomes a control character instead of
// an apostrophe). The five that stand as a space mean nothing; no program ever wrote them as text.
const HIGH_1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

function decodeLegacy(encoding: string): (bytes: Buffer) => Buffer {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decoded = (bytes: Buffer): Buffer | null => {
    try {
      return protectMarks(Buffer.from(decoder.decode(bytes)));
    } catch {
      return null;
    }
  };
  if (!isSingleByte(encoding)) return (bytes) => decoded(bytes) ?? byCharacters(bytes, decoded);
  const table = Array.from({ length: 256 }, (_, byte) => {
    const special = encoding === 'windows-1252' ? HIGH_1252[byte - 0x80] : undefined;
    if (special !== undefined) return special === ' ' ? markByte(byte) : Buffer.from(special);
    return decoded(Buffer.of(byte)) ?? markByte(byte);
  });
  return (bytes) => bySingleBytes(bytes, table);
}

function bySingleBytes(bytes: Buffer, table: readonly Buffer[]): Buffer {
  let length = 0;
  for (const byte of bytes) length += (table[byte] as Buffer).length;
  if (length === bytes.length) return bytes;
  const out = Buffer.allocUnsafe(length);
  let at = 0;
  for (const byte of bytes) {
    const text = table[byte] as Buffer;
    if (text.length === 1) out[at++] = byte;
    else for (const part of text) out[at++] = part;
  }
  return out;
}

/** The slow way for a damaged stretch: the shortest run of up to four bytes that decodes is a character. */
function byCharacters(bytes: Buffer, decoded: (bytes: Buffer) => Buffer | null): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < bytes.length; ) {
    const found = [1, 2, 3, 4].find((n) => i + n <= bytes.length && decoded(bytes.subarray(i, i + n))?.length);
    parts.push(found ? (decoded(bytes.subarray(i, i + found)) as Buffer) : markByte(bytes[i] as number));
    i += found ?? 1;
  }
  return Buffer.concat(parts);
}
