import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Database, Tx } from './connect.ts';
import { rows, run } from './query.ts';

const PART_BYTES = 1_048_576;

/** Stores a file's bytes in parts of 1 MB. */
export async function storeFile(tx: Tx, importId: string, path: string): Promise<void> {
  let part = 0;
  for await (const bytes of createReadStream(path, { highWaterMark: PART_BYTES })) {
    await run(tx, 'insert into booking_import_files (import_id, part, bytes) values ($1, $2, $3)', [
      importId,
      part,
      bytes,
    ]);
    part += 1;
  }
}

/** Writes an import's stored bytes to `path`, one part in memory at a time. False: they are gone (retention). */
export async function fetchFile(db: Database, importId: string, path: string): Promise<boolean> {
  const file = await open(path, 'w');
  try {
    for (let part = 0; ; part += 1) {
      const [found] = await rows<{ bytes: Buffer }>(
        db,
        'select bytes from booking_import_files where import_id = $1 and part = $2',
        [importId, part],
      );
      if (!found) return part > 0;
      await file.write(found.bytes);
    }
  } finally {
    await file.close();
  }
}
