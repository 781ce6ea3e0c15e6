import assert from 'node:assert/strict';
import { lockImport } from '../../db/end-import.ts';
import { FENCED, shutOutWriters } from '../../db/fence.ts';
import { run, withTransaction } from '../../db/query.ts';
import { beginRound, type StagedChunk, stageChunks } from '../../db/staging.ts';
import { postgresError } from '../../db/statement-error.ts';
import { openStore, type Store, storeUpload } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const FACTS = {
  type: 'csv',
  encoding: 'utf-8',
  delimiter: ',',
  sheet: null,
  sheets: [],
  header: [],
  columns: [],
} as const;

async function* oneChunk(): AsyncGenerator<StagedChunk> {
  yield { chunk: 0, tail: false, records: [[1, 2, ['Asha Rao'], null, null]] };
}

describe('staging chunks', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore();
  });
  afterEach(() => store.close());

  const isHeldUp = async () =>
    (await store.rows(`select from pg_locks where locktype = 'advisory' and not granted`)).length > 0;

  it('gives way to a cancel that comes between its COPY and its fence', async () => {
    const importId = await storeUpload(store.db, 'a file');
    const { epoch = 0 } = (await beginRound(store.db, importId, 1)) ?? {};
    let staging: Promise<unknown> = Promise.resolve();
    await withTransaction(store.db, async (tx) => {
      await shutOutWriters(tx, importId);
      const report = () => ({ totalRows: 1, facts: { ...FACTS, sheets: [], header: [], columns: [] } });
      staging = stageChunks(store.db, { importId, round: 1, epoch }, { chunks: oneChunk(), report });
      staging.catch(() => {});
      await waitFor(isHeldUp);
      // Its COPY holds the import's key by now, and it waits for who shuts it out.
      assert.equal((await lockImport(tx, importId))?.status, 'PROCESSING');
      await run(tx, 'update booking_imports set epoch = epoch + 1 where id = $1', [importId]);
    });
    await assert.rejects(staging, (error) => postgresError(error)?.code === FENCED);
    assert.deepEqual(await store.rows('select chunk from booking_import_chunks'), []);
  });
});
