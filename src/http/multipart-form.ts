import type { FileHandle } from 'node:fs/promises';
import busboy, { type Busboy } from 'busboy';
import type { Request } from 'express';
import { FailureError, ok, type Result } from '../domain/failures.ts';
import { MAX_SETTINGS_BYTES, malformed } from './form-failures.ts';
import { type Form, type FormLimits, type Reading, type Stop, takeFields, takeFiles } from './form-parts.ts';

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
      // A broken part may fail twice, the second time before anything that waits for the first has run: an error that
      // nobody hears would end the process.
      parser.on('error', (error) => stop(malformed(`it cannot be read (${(error as Error).message})`)));
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
