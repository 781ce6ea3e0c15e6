import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import busboy, { type Busboy } from 'busboy';
import type { Request } from 'express';
import { type Failure, FailureError, ok, type Result } from '../domain/failures.ts';

export interface Form {
  file?: { name: string; size: number; sha256: string };
  settings?: string;
}

export interface FormLimits {
  maxFileBytes: number;
  /** For the whole request body, in milliseconds. */
  totalMs: number;
  /** Between two pieces of it, in milliseconds. */
  idleMs: number;
}

export const MAX_SETTINGS_BYTES = 65_536;

type Stop = (reason: unknown) => void;
interface Reading {
  form: Form;
  limits: FormLimits;
  spool: FileHandle;
  /** Parts whose stream is being read. */
  parts: Promise<void>[];
}

/**
 * Reads a multipart form, its file into `spool`, counting and hashing on the way. Settles only when nothing writes to
 * `spool` any more. It leaves the request open, so that an early refusal can still be answered.
 */
export async function receiveForm(req: Request, limits: FormLimits, spool: FileHandle): Promise<Result<Form>> {
  const opened = openParser(req, limits);
  if (!opened.ok) return opened;
  const parser = opened.value;
  const reading: Reading = { form: {}, limits, spool, parts: [] };
  let unwatch = () => {};
  try {
    await new Promise<void>((resolve, stop) => {
      unwatch = watchRequest(req, limits, stop);
      takeFields(parser, reading, stop);
      takeFiles(parser, reading, stop);
      parser.once('error', (error) => stop(malformed(`it cannot be read (${(error as Error).message})`)));
      parser.once('close', resolve);
      // Not pipeline(): it would destroy the request, and with it the connection that the refusal must go over.
      req.pipe(parser);
    });
    await Promise.all(reading.parts);
    return ok(reading.form);
  } catch (error) {
    if (error instanceof FailureError) return { ok: false, failure: error.failure };
    throw error;
  } finally {
    unwatch();
    req.unpipe(parser);
    // What is still being read ends with an error, which nobody needs to hear any more.
    parser.on('error', () => {}).destroy();
    await Promise.allSettled(reading.parts);
  }
}

function openParser(req: Request, limits: FormLimits): Result<Busboy> {
  if (!/^multipart\/form-data\b/i.test(req.get('content-type') ?? ''))
    return { ok: false, failure: malformed('its Content-Type must be multipart/form-data').failure };
  try {
    // A file of exactly the limit is fine, and busboy says "limit" as soon as the count is reached: hence one more.
    const sizes = { fileSize: limits.maxFileBytes + 1, fieldSize: MAX_SETTINGS_BYTES };
    const counts = { files: 3, fields: 3, parts: 6 };
    return ok(busboy({ headers: req.headers, limits: { ...sizes, ...counts }, defParamCharset: 'utf8' }));
  } catch (error) {
    return { ok: false, failure: malformed(`it cannot be read (${(error as Error).message})`).failure };
  }
}

/** Stops the reading when the client goes away or is too slow. Returns how to stop watching. */
function watchRequest(req: Request, limits: FormLimits, stop: Stop): () => void {
  const gone = () => {
    if (!req.complete) stop(malformed('it broke off'));
  };
  if (req.destroyed) gone();
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
  const late = (why: string) => () => stop(new FailureError({ code: 'UPLOAD_TIMEOUT', message: why }));
  const total = setTimeout(late(`The upload was not complete after ${seconds(limits.totalMs)}.`), limits.totalMs);
  const idle = setTimeout(late(`Nothing of the upload came for ${seconds(limits.idleMs)}.`), limits.idleMs);
  const refresh = () => idle.refresh();
  // The listener for errors stays: a connection that breaks later, unheard, would end the process.
  req.on('error', gone).on('close', gone).on('data', refresh);
  return () => {
    clearTimeout(total);
    clearTimeout(idle);
    req.off('close', gone).off('data', refresh);
  };
}

function takeFields(parser: Busboy, { form }: Reading, stop: Stop): void {
  const tooMany = () => stop(malformed('it may hold one "file" and one "settings", nothing else'));
  parser.once('partsLimit', tooMany).once('filesLimit', tooMany).once('fieldsLimit', tooMany);
  parser.on('field', (name, value, info) => {
    if (name === 'file') return value === '' ? undefined : stop(fileAsText());
    if (name !== 'settings') return stop(malformed(`it has an unknown field "${shown(name)}"; known: file, settings`));
    if (form.settings !== undefined) return stop(malformed('it has two fields "settings"'));
    if (info.valueTruncated) return stop(settingsTooLong());
    form.settings = value;
  });
}

function takeFiles(parser: Busboy, reading: Reading, stop: Stop): void {
  const { form, limits } = reading;
  parser.on('file', (name, stream, info) => {
    // Heard before the loop that reads it throws, so that a form that breaks off isn't taken for a failing disk.
    stream.once('error', (error) => stop(malformed(`it breaks off (${error.message})`)));
    stream.once('limit', () => stop(new FailureError(fileTooLarge(limits))));
    const read = readerOf(name, form);
    if (!read) {
      stream.resume();
      return stop(misplacedFile(name));
    }
    const part = read({ stream, name: info.filename ?? '' }, reading);
    part.catch(stop);
    reading.parts.push(part);
  });
}

type PartReader = (part: { stream: Readable; name: string }, reading: Reading) => Promise<void>;

function readerOf(name: string, form: Form): PartReader | undefined {
  if (name === 'file' && !form.file) return spoolPart;
  // Clients that give settings a content type of their own make a file of them.
  if (name === 'settings' && form.settings === undefined) return readSettings;
  return undefined;
}

async function spoolPart(part: { stream: Readable; name: string }, { form, spool }: Reading): Promise<void> {
  const hash = createHash('sha256');
  const file = { name: part.name, size: 0, sha256: '' };
  form.file = file;
  for await (const chunk of part.stream) {
    hash.update(chunk);
    file.size += chunk.length;
    await spool.appendFile(chunk);
  }
  file.sha256 = hash.digest('hex');
}

async function readSettings(part: { stream: Readable }, { form }: Reading): Promise<void> {
  form.settings = '';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of part.stream) {
    size += chunk.length;
    if (size > MAX_SETTINGS_BYTES) throw settingsTooLong();
    chunks.push(chunk);
  }
  form.settings = Buffer.concat(chunks).toString('utf8');
}

const shown = (name: string) => name.slice(0, 40);
const malformed = (why: string) =>
  new FailureError({ code: 'MALFORMED_UPLOAD', message: `The upload is malformed: ${why}.` });
const misplacedFile = (name: string) =>
  malformed(
    name === 'file' ? 'it has two files; send one' : `its file stands in the field "${shown(name)}", not "file"`,
  );
const fileAsText = () =>
  new FailureError({ code: 'NO_FILE', message: 'The form field "file" came as text: its part must have a filename.' });
const settingsTooLong = () =>
  new FailureError({
    code: 'INVALID_SETTINGS',
    message: `The form field "settings" is longer than ${MAX_SETTINGS_BYTES} bytes.`,
    errors: [{ pointer: '', code: 'LENGTH', message: `must be at most ${MAX_SETTINGS_BYTES} bytes` }],
  });

export const fileTooLarge = ({ maxFileBytes }: FormLimits): Failure => ({
  code: 'FILE_TOO_LARGE',
  message: `The file is larger than the ${maxFileBytes} bytes that are allowed.`,
  detail: { maxBytes: maxFileBytes },
});
