import { createReadStream } from 'node:fs';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import { fail, ok, type Result } from './domain/failures.ts';

/** Failures: FILE_INFECTED (detail.signature), SCAN_UNAVAILABLE. */
export type ScanFile = (path: string) => Promise<Result<void>>;

export interface ClamdAccess {
  /** `tcp://host:port` or `unix:/path`. */
  url: string;
  /** For one file, the wait for a free thread of clamd's among it. */
  milliseconds: number;
  log: Logger;
}

/** A verdict is one line; what goes on for longer isn't clamd. */
const LONGEST_REPLY = 4_096;
const UNAVAILABLE =
  'The file could not be checked for viruses just now, so it was not taken in. Try again in a moment.';

/**
 * Has clamd look at files, over INSTREAM: the bytes are sent, so that it may run on another machine. Whatever isn't its
 * clear "OK" keeps the file out: a scanner that is away, slow, full (`StreamMaxLength`) or talking nonsense has not
 * found it clean.
 */
export function createScanner({ url, milliseconds, log }: ClamdAccess): ScanFile {
  const place = placeOf(url);
  return async (path) => {
    const reply = await ask(place, path, milliseconds).catch((error: Error) => error);
    if (reply === 'stream: OK') return ok(undefined);
    const signature = typeof reply === 'string' ? /^stream: (.+) FOUND$/s.exec(reply)?.[1] : undefined;
    if (signature === undefined) {
      log.warn({ reply: String(reply).slice(0, 200) }, 'clamd gave no verdict; the upload is refused');
      return fail('SCAN_UNAVAILABLE', UNAVAILABLE);
    }
    log.warn({ signature }, 'clamd found an upload infected; it is refused');
    return fail('FILE_INFECTED', `The virus scanner found ${signature} in the file.`, { detail: { signature } });
  };
}

function placeOf(url: string): NetConnectOpts {
  const { protocol, hostname, port, pathname } = new URL(url);
  if (protocol === 'unix:') return { path: decodeURIComponent(pathname) };
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

async function ask(place: NetConnectOpts, path: string, milliseconds: number): Promise<string> {
  const socket = connect(place);
  const late = setTimeout(() => socket.destroy(new Error(`no verdict within ${milliseconds} ms`)), milliseconds);
  try {
    const [reply] = await Promise.all([readReply(socket), pipeline(inStream(path), socket, { end: false })]);
    return reply;
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

/** The `z` form: command and reply end with a NUL; each piece goes behind its length, and a length of 0 ends it. */
async function* inStream(path: string): AsyncGenerator<Buffer> {
  yield Buffer.from('zINSTREAM\0');
  for await (const piece of createReadStream(path)) {
    yield lengthOf(piece as Buffer);
    yield piece as Buffer;
  }
  yield lengthOf(Buffer.alloc(0));
}

function lengthOf(piece: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(piece.length);
  return length;
}

async function readReply(socket: Socket): Promise<string> {
  let reply = '';
  for await (const piece of socket) {
    reply += String(piece);
    if (reply.includes('\0')) return reply.slice(0, reply.indexOf('\0'));
    if (reply.length > LONGEST_REPLY) break;
  }
  throw new Error(`no verdict, but "${reply.slice(0, 60)}"`);
}
