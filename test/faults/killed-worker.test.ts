import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBookingsFile } from '../bench/bookings-file.ts';
import { untilChunksWritten, untilEnded, uploadPath } from '../support/rest.ts';
import { withStack } from '../support/stack.ts';
import { importedTables } from '../support/tables.ts';

// The long form of the same: KILLS=20 npm run test:long.
const KILLS = Number(process.env.KILLS ?? 2);
const ROWS = 10_000;
const CHUNK_ROWS = 50;

describe('a worker killed with SIGKILL in the midst of an import', function () {
  this.timeout(KILLS * 60_000 + 120_000);
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'booking-import-kill-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it(`leaves, after ${KILLS} kills, the tables of an undisturbed run`, async () => {
    const file = join(directory, 'bookings.csv');
    await writeBookingsFile(file, { rows: ROWS, badPercent: 5, seed: 11 });
    const env = { IMPORT_CHUNK_ROWS: String(CHUNK_ROWS) };
    const [calm, stormy] = await Promise.all([withStack({ env }), withStack({ env })]);
    try {
      const expected = await untilEnded(calm, (await uploadPath(calm, file)).id);
      const { id } = await uploadPath(stormy, file);
      let worker = stormy.worker;
      for (let kill = 1; kill <= KILLS; kill += 1) {
        await untilChunksWritten(stormy, id, Math.floor(((ROWS / CHUNK_ROWS) * kill) / (KILLS + 1)));
        await worker?.kill();
        worker = await stormy.startWorker();
      }
      const view = await untilEnded(stormy, id);
      assert.deepEqual(view.rows, expected.rows);
      assert.deepEqual(await importedTables(stormy.store, id), await importedTables(calm.store, expected.id));
    } finally {
      await Promise.all([calm.close(), stormy.close()]);
    }
  });
});
