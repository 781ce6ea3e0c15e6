import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Request } from 'express';
import { fail, ok, type Result } from '../domain/failures.ts';
import { fileTooLarge, MAX_SETTINGS_BYTES } from './form-failures.ts';
import type { Form, FormLimits } from './form-parts.ts';
import { receiveForm } from './multipart-form.ts';

/** A file that came in whole, and the form's other field. */
export interface Upload {
  /** Of the spool file; it goes away when the borrower is done. */
  path: string;
  /** For showing only, never a path. */
  fileName: string;
  /** bytes */
  fileSize: number;
  /** hex */
  sha256: string;
  /** The `settings` field, parsed as JSON; undefined when it wasn't sent. */
  settings: unknown;
}

export interface UploadLimits extends FormLimits {
  /** Where files lie while a request is served. */
  spoolDir: string;
  /** Failures: FILE_INFECTED, SCAN_UNAVAILABLE. Without it files are taken unscanned. */
  scan?: (path: string) => Promise<Result<void>>;
}

/** What a form adds around a file of the largest size: boundaries, part headers, settings. */
const FORM_OVERHEAD_BYTES = MAX_SETTINGS_BYTES + 16_384;

/**
 * Spools the `file` of a multipart form to disk, lends it to `use`, and removes it, whatever happens. Fields may come
 * in any order. Failures: NO_FILE, MALFORMED_UPLOAD, FILE_TOO_LARGE, UPLOAD_TIMEOUT, INVALID_SETTINGS, FILE_INFECTED,
 * SCAN_UNAVAILABLE.
 */
export async function withUpload<T>(
  req: Request,
  limits: UploadLimits,
  use: (upload: Upload) => Promise<Result<T>>,
): Promise<Result<T>> {
  const announced = Number(req.get('content-length') ?? 0);
  if (announced > limits.maxFileBytes + FORM_OVERHEAD_BYTES) return { ok: false, failure: fileTooLarge(limits) };
  await mkdir(limits.spoolDir, { recursive: true, mode: 0o700 });
  const path = join(limits.spoolDir, randomUUID());
  const handle = await open(path, 'wx', 0o600);
  try {
    const form = await receiveForm(req, limits, handle).finally(() => handle.close());
    const upload = form.ok ? uploadOf(form.value, path) : form;
    if (!upload.ok) return upload;
    const scanned = (await limits.scan?.(path)) ?? ok(undefined);
    return scanned.ok ? await use(upload.value) : scanned;
  } finally {
    await rm(path, { force: true });
  }
}

function uploadOf(form: Form, path: string): Result<Upload> {
  const { file } = form;
  // A browser's form sends an empty part without a name when nobody chose a file.
  if (!file || (file.size === 0 && file.name === ''))
    return fail('NO_FILE', 'Send the file in the form field "file" of a multipart/form-data request.');
  const settings = parseJson(form.settings);
  if (!settings.ok) return settings;
  const { name, size, sha256 } = file;
  return ok({ path, fileName: presentableName(name), fileSize: size, sha256, settings: settings.value });
}

function parseJson(text: string | undefined): Result<unknown> {
  if (text === undefined || text.trim() === '') return ok(undefined);
  try {
    return ok(JSON.parse(text));
  } catch {
    const errors = [{ pointer: '', code: 'JSON', message: 'must be a JSON object' }];
    return fail('INVALID_SETTINGS', 'The form field "settings" is not JSON.', { errors });
  }
}

/** Without what could turn a log, a header or a line of text around: control and direction characters. */
function presentableName(name: string): string {
  const clean = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim();
  return Array.from(clean).slice(0, 255).join('') || 'upload';
}
