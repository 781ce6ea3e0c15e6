import type { FileFacts, SourceRecord } from '../domain/record.ts';
import { MOST_CELLS } from './bound-record.ts';
import { openCsv } from './csv.ts';
import { refusal } from './refuse.ts';
import { sniffFile } from './sniff.ts';
import { openXlsx } from './xlsx.ts';

/** What a user may choose; null or absent: found out by looking. */
export interface ReadOptions {
  /** A sheet's name; else the first visible one. Without meaning for CSV. */
  sheet?: string | null;
  /** A WHATWG encoding label; a byte order mark wins over it. Without meaning for XLSX. */
  encoding?: string | null;
  /** One character, or `tab`. Without meaning for XLSX. */
  delimiter?: string | null;
}

export interface OpenedFile {
  facts: FileFacts;
  /** The cells of the first record that isn't blank, as text. */
  header: string[];
  /** The records after the header, in batches of at most 500, to be read once. Blank rows are left out. */
  records: AsyncIterable<SourceRecord[]>;
  /** Gives the file back; safe at any moment and more than once. */
  close(): Promise<void>;
}

/**
 * Opens a CSV or XLSX file, whatever its name, and reads as far as its header. Memory stays bounded however big the
 * file is. Throws a `FailureError` for everything expected, here or while `records` is read: EMPTY_FILE,
 * UNSUPPORTED_FILE_TYPE, LEGACY_XLS, ENCRYPTED_FILE, UNREADABLE_FILE, UNCLOSED_QUOTE (with its line), FILE_TOO_COMPLEX,
 * SHEET_NOT_FOUND, and INVALID_SETTINGS for an unknown encoding or delimiter. A file with only a header has no records.
 */
export async function openFile(path: string, options: ReadOptions = {}): Promise<OpenedFile> {
  const { kind, head } = await sniffFile(path);
  const file = await (kind === 'csv' ? openCsv(path, head, options) : openXlsx(path, options));
  const characters = file.header.reduce((sum, name) => sum + name.length, 0);
  if (file.header.length <= MOST_CELLS && characters <= LONGEST_HEADER) return file;
  await file.close();
  throw refusal('FILE_TOO_COMPLEX', 'The header has too many columns or too much text. Is the first row the header?');
}

const LONGEST_HEADER = 1_000_000;
