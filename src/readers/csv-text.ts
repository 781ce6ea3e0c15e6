import { createReadStream } from 'node:fs';
import { createDecoder } from './decode.ts';
import type { DetectedEncoding } from './encoding.ts';

export interface TextSource {
  path: string;
  encoding: DetectedEncoding;
  /** Characters (all ASCII) of a `sep=` line to be left out at the start. */
  hintLength: number;
}

/** The file's text as UTF-8 with its damage marked (`damage.ts`), without byte order mark or `sep=` line. */
export async function* readText(source: TextSource): AsyncGenerator<Buffer, void, undefined> {
  const decoder = createDecoder(source.encoding.name);
  let skip = source.hintLength;
  const cut = (text: Buffer) => {
    const skipped = Math.min(skip, text.length);
    skip -= skipped;
    return skipped ? text.subarray(skipped) : text;
  };
  for await (const chunk of createReadStream(source.path, { start: source.encoding.bomLength })) {
    yield cut(decoder.write(chunk as Buffer));
  }
  yield cut(decoder.end());
}

/** The start of a text, of at least `characters` if it is so long, and without a character cut in half. */
export async function readTextStart(source: TextSource, characters: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const text of readText(source)) {
    parts.push(text);
    length += text.length;
    if (length >= characters) break;
  }
  return Buffer.concat(parts).toString();
}

/** The line, counted from 1, on which the byte at `offset` of the text stands. */
export async function lineAt(source: TextSource, offset: number): Promise<number> {
  let line = source.hintLength > 0 ? 2 : 1;
  let passed = 0;
  let previous = 0;
  for await (const text of readText(source)) {
    for (let i = 0; i < text.length && passed < offset; i++, passed++) {
      const byte = text[i] as number;
      if (byte === 0x0d || (byte === 0x0a && previous !== 0x0d)) line++;
      previous = byte;
    }
    if (passed >= offset) break;
  }
  return line;
}
