import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Busboy } from 'busboy';
import { FailureError } from '../domain/failures.ts';
import {
  fileAsText,
  fileTooLarge,
  MAX_SETTINGS_BYTES,
  malformed,
  misplacedFile,
  settingsTooLong,
  shown,
} from './form-failures.ts';

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

/** Ends the reading, with what is wrong. */
export type Stop = (reason: unknown) => void;
export interface Reading {
  form: Form;
  limits: FormLimits;
  spool: FileHandle;
  /** Parts whose stream is being read. */
  parts: Promise<void>[];
}

export function takeFields(parser: Busboy, { form }: Reading, stop: Stop): void {
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

export function takeFiles(parser: Busboy, reading: Reading, stop: Stop): void {
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
