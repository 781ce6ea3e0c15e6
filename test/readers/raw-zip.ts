import { constants, crc32, deflateRawSync } from 'node:zlib';

/** A part of a zip with whatever its directory claims about it. */
export interface RawPart {
  name: string;
  deflated: Buffer;
  size: number;
  crc: number;
}

export function rawPart(name: string, content: string | Buffer): RawPart {
  const bytes = Buffer.from(content as string);
  return { name, deflated: deflateRawSync(bytes), size: bytes.length, crc: crc32(bytes) };
}

/** A part of `head`, then `body` as many times as asked (in whole megabytes), then `tail`, made without all that memory. */
export function repeatedPart(name: string, text: { head: string; body: string; tail: string; times: number }): RawPart {
  const perPiece = Math.ceil(1e6 / text.body.length);
  const piece = Buffer.from(text.body.repeat(perPiece));
  const [head, tail] = [Buffer.from(text.head), Buffer.from(text.tail)];
  const pieces = Math.ceil(text.times / perPiece);
  let crc = crc32(head);
  for (let i = 0; i < pieces; i++) crc = crc32(piece, crc);
  // Fully flushed, a stretch of deflate refers to nothing before it, so it can stand there again and again.
  const flushed = (bytes: Buffer) => deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  return {
    name,
    deflated: Buffer.concat([flushed(head), ...Array(pieces).fill(flushed(piece)), deflateRawSync(tail)]),
    size: head.length + pieces * piece.length + tail.length,
    crc: crc32(tail, crc),
  };
}

/** Names under which the directory lists the last part again and again. */
export interface Aliases {
  alias(n: number): string;
  times: number;
}

/** The zip of these parts. */
export function rawZip(parts: RawPart[], aliases?: Aliases): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const local = Buffer.concat([fields(part, 0x04034b50), Buffer.from(part.name), part.deflated]);
    const central = Buffer.concat([fields(part, 0x02014b50), Buffer.from(part.name)]);
    central.writeUInt32LE(offset, 42);
    locals.push(local);
    directory.push(central);
    if (aliases && part === parts.at(-1)) directory.push(...aliasesOf(part, offset, aliases));
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

const aliasesOf = (part: RawPart, offset: number, { alias, times }: Aliases): Buffer[] =>
  Array.from({ length: times - 1 }, (_, n) => {
    const name = alias(n + 1);
    const central = Buffer.concat([fields({ ...part, name }, 0x02014b50), Buffer.from(name)]);
    central.writeUInt32LE(offset, 42);
    return central;
  });

/** A local header, or a directory's entry, which has two bytes more in front and sixteen more behind. */
function fields(part: RawPart, signature: number): Buffer {
  const isCentral = signature === 0x02014b50;
  const at = isCentral ? 2 : 0;
  const buffer = Buffer.alloc(isCentral ? 46 : 30);
  buffer.writeUInt32LE(signature, 0);
  buffer.writeUInt16LE(20, 4 + at);
  buffer.writeUInt16LE(8, 8 + at);
  buffer.writeUInt32LE(part.crc, 14 + at);
  buffer.writeUInt32LE(part.deflated.length, 18 + at);
  buffer.writeUInt32LE(part.size, 22 + at);
  buffer.writeUInt16LE(part.name.length, 26 + at);
  return buffer;
}
