import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Failure, FailureError } from '../../src/domain/failures.ts';
import type { SourceRecord } from '../../src/domain/record.ts';
import { openFile, type ReadOptions } from '../../src/readers/open-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'readers-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
let files = 0;

/** Writes a file that lives as long as this process. */
export function fileOf(content: string | Uint8Array, name = 'file'): string {
  const path = join(directory, `${files++}-${name}`);
  writeFileSync(path, content);
  return path;
}

/** Everything in the file, whether given by its path or by its content. */
export async function readAll(content: string | Uint8Array, options?: ReadOptions) {
  return readPath(fileOf(content), options);
}

export async function readPath(path: string, options?: ReadOptions) {
  const file = await openFile(path, options);
  const records: SourceRecord[] = [];
  for await (const batch of file.records) records.push(...batch);
  await file.close();
  return { facts: file.facts, header: file.header, records, cells: records.map(({ cells }) => cells) };
}

/** The failure with which reading the whole file ends. */
export async function refused(content: string | Uint8Array, options?: ReadOptions): Promise<Failure> {
  return refusedPath(fileOf(content), options);
}

export async function refusedPath(path: string, options?: ReadOptions): Promise<Failure> {
  try {
    const file = await openFile(path, options);
    // Not kept: some of these files are hostile.
    for await (const _ of file.records);
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  return assert.fail('the file was read');
}
