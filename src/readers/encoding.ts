import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { utf8CharacterAt, utf8CutAt } from './decode.ts';
import { refusal } from './refuse.ts';

export interface DetectedEncoding {
  /** The WHATWG name: `utf-8`, `utf-16le`, `utf-16be`, `windows-1252` or what the user chose. */
  name: string;
  /** Bytes of the byte order mark, to be skipped. */
  bomLength: number;
}

/**
 * What the bytes of a text file are: byte order mark, then UTF-16 by its pattern of NULs, then the user's choice, then
 * UTF-8 if nearly all of it decodes, else windows-1252. `head` is the start of the file at `path`.
 */
export async function detectEncoding(
  path: string,
  head: Buffer,
  chosen: string | null = null,
): Promise<DetectedEncoding> {
  const setting = chosen ? canonicalEncoding(chosen) : null;
  const sure = byMark(head) ?? byNulPattern(head);
  if (sure) return sure;
  if (setting) return { name: setting, bomLength: 0 };
  const utf8 = (await isWholeUtf8(path)) || isMostlyUtf8(await countUtf8(path));
  return { name: utf8 ? 'utf-8' : 'windows-1252', bomLength: 0 };
}

/** The name under which an encoding is shown. Throws INVALID_SETTINGS for one that nobody knows. */
function canonicalEncoding(label: string): string {
  try {
    return new TextDecoder(label.trim()).encoding;
  } catch {
    const message = `The encoding "${label}" is not known. Choose utf-8, utf-16le, utf-16be or windows-1252.`;
    throw refusal('INVALID_SETTINGS', message, {
      errors: [{ pointer: '/encoding', code: 'UNKNOWN_ENCODING', message }],
    });
  }
}

function byMark(head: Buffer): DetectedEncoding | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { name: 'utf-8', bomLength: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { name: 'utf-16le', bomLength: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { name: 'utf-16be', bomLength: 2 };
  return null;
}

/** Latin text in UTF-16 has a NUL as nearly every second byte; a stray NUL or two in a text file prove nothing. */
function byNulPattern(head: Buffer): DetectedEncoding | null {
  const pairs = Math.floor(Math.min(head.length, 4096) / 2);
  const nuls = [0, 0];
  for (let i = 0; i < pairs * 2; i++) if (head[i] === 0) nuls[i % 2] = (nuls[i % 2] as number) + 1;
  const [first, second] = nuls as [number, number];
  if (pairs < 2) return null;
  if (second >= pairs * 0.4 && first <= pairs * 0.05) return { name: 'utf-16le', bomLength: 0 };
  if (first >= pairs * 0.4 && second <= pairs * 0.05) return { name: 'utf-16be', bomLength: 0 };
  return null;
}

export interface Utf8Count {
  bytes: number;
  /** Well-formed characters of several bytes. */
  good: number;
  /** Bytes that are in no well-formed character. */
  bad: number;
  /** Those of the bad that would make sense as windows-1252. */
  western: number;
}

/**
 * A text in windows-1252 has practically no sequence that is well-formed UTF-8, so a few of those outweigh some bad
 * bytes. Without any, bad bytes that would read well as windows-1252 ("José") decide for it.
 */
export function isMostlyUtf8({ bytes, good, bad, western }: Utf8Count): boolean {
  if (bad === 0) return true;
  if (good > 0) return bad <= good * 4;
  return bad <= Math.max(3, bytes / 100) && western * 2 < bad;
}

/** The common case, at the speed of memory; counting is 30 times slower. */
async function isWholeUtf8(path: string): Promise<boolean> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const bytes = rest.length ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    const cut = utf8CutAt(bytes);
    if (!isUtf8(bytes.subarray(0, cut))) return false;
    rest = Buffer.from(bytes.subarray(cut));
  }
  return rest.length === 0;
}

async function countUtf8(path: string): Promise<Utf8Count> {
  const count = { bytes: 0, good: 0, bad: 0, western: 0 };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const bytes = rest.length ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    // Every character is judged with its neighbours in sight.
    const begun = countInto(count, bytes, { from: rest.length ? 1 : 0, to: Math.max(1, bytes.length - 4) });
    rest = Buffer.from(bytes.subarray(begun - 1));
  }
  countInto(count, rest, { from: 1, to: rest.length });
  return count;
}

/** Counts the characters that begin in the range; answers where the next one begins. */
function countInto(count: Utf8Count, bytes: Buffer, range: { from: number; to: number }): number {
  let i = range.from;
  while (i < range.to) {
    const length = utf8CharacterAt(bytes, i);
    if (length > 1) count.good++;
    const bad = length > 0 ? 0 : isEncodedSurrogate(bytes, i) ? 3 : 1;
    count.bad += bad;
    if (bad === 1 && readsAsWestern(bytes, i)) count.western++;
    i += length || bad;
  }
  count.bytes += i - range.from;
  return i;
}

/** A lone surrogate as careless programs write it into UTF-8; by chance, and in windows-1252, it is "í" and two signs. */
const isEncodedSurrogate = (bytes: Buffer, i: number) =>
  bytes[i] === 0xed && ((bytes[i + 1] ?? 0) & 0xe0) === 0xa0 && ((bytes[i + 2] ?? 0) & 0xc0) === 0x80;

const isLetter = (byte: number | undefined) =>
  byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte >= 0xc0);
const isLowerCase = (byte: number | undefined) => byte !== undefined && byte >= 0x61 && byte <= 0x7a;
// € … ‘ ’ “ ” – — ™ NBSP £ § © « ® ° ´ · » and the letters Š Œ Ž š œ ž Ÿ
const WESTERN_SIGNS = new Set([
  0x80, 0x85, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x99, 0xa0, 0xa3, 0xa7, 0xa9, 0xab, 0xae, 0xb0, 0xb4, 0xb7, 0xbb,
  0x8a, 0x8c, 0x8e, 0x9a, 0x9c, 0x9e, 0x9f,
]);

/** Whether the byte makes sense where it stands: an accented letter in a word (ÿ hardly ever is), or a usual sign. */
function readsAsWestern(bytes: Buffer, i: number): boolean {
  const byte = bytes[i] as number;
  if (byte < 0xc0) return WESTERN_SIGNS.has(byte) && !(byte === 0x80 && isLetter(bytes[i - 1]));
  if (byte === 0xff || byte === 0xd7 || byte === 0xf7) return false;
  if (byte < 0xdf) return !isLowerCase(bytes[i - 1]);
  return isLetter(bytes[i - 1]) || isLetter(bytes[i + 1]);
}
