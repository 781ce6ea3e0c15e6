import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { FailureError } from '../domain/failures.ts';
import { refusal, unreadable } from './refuse.ts';
import { checkEntryCount, type InflateBudget } from './zip-limits.ts';

const BROKEN = 'The workbook is damaged or incomplete. Open it, save it anew as .xlsx and upload it again.';

/** A workbook's zip by its directory; parts are found by name, ignoring case as Office does. */
export class Zip {
  readonly #file: ZipFile;
  readonly #entries: Map<string, Entry>;

  private constructor(file: ZipFile, entries: Map<string, Entry>) {
    this.#file = file;
    this.#entries = entries;
  }

  /** Throws UNREADABLE_FILE when the directory is broken or cut off, ENCRYPTED_FILE when a part has a password. */
  static async open(path: string): Promise<Zip> {
    const file = await openPromise(path, { autoClose: false, lazyEntries: true }).catch((error: unknown) => {
      throw unreadable(BROKEN, error);
    });
    try {
      return new Zip(file, await listEntries(file));
    } catch (error) {
      file.close();
      throw error instanceof FailureError ? error : unreadable(BROKEN, error);
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase());
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** A part's bytes as they inflate, counted against the budget; `small` parts are those that are kept whole. */
  async *part(name: string, budget: InflateBudget, small = false): AsyncGenerator<Buffer, void, undefined> {
    const entry = this.#entries.get(name.toLowerCase());
    if (!entry) throw unreadable(`The workbook lacks its part "${name}".`);
    const count = budget.open(entry, small);
    try {
      const stream = await this.#file.openReadStreamPromise(entry);
      let sum = 0;
      for await (const chunk of stream) {
        count((chunk as Buffer).length);
        sum = crc32(chunk as Buffer, sum);
        yield chunk as Buffer;
      }
      // Deflate notices few flipped bits; the others would silently be other names and numbers.
      if (sum !== entry.crc32) throw unreadable(BROKEN);
    } catch (error) {
      throw error instanceof FailureError ? error : unreadable(BROKEN, error);
    }
  }

  close(): void {
    if (this.#file.isOpen) this.#file.close();
  }
}

async function listEntries(file: ZipFile): Promise<Map<string, Entry>> {
  checkEntryCount(file.entryCount);
  const entries = new Map<string, Entry>();
  for await (const entry of file.eachEntry()) {
    const name = entry.fileName.replace(/^\/+/, '').toLowerCase();
    // Of two parts with one name each program would read another.
    if (entries.has(name)) throw unreadable(BROKEN);
    if (entry.isEncrypted()) {
      throw refusal('ENCRYPTED_FILE', 'The file is protected by a password. Save it without one and upload it again.');
    }
    entries.set(name, entry);
  }
  return entries;
}
