import assert from 'node:assert/strict';
import { Client, Connection } from '@temporalio/client';
import { csvFile } from '../support/csv-file.ts';
import { getImport, untilChunksWritten, untilEnded, upload } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { storeUpload } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

describe('an import without a workflow', function () {
  this.timeout(18_000);
  let stack: Stack;
  let connection: Connection;
  let client: Client;
  before(async () => {
    stack = await withStack({ env: { IMPORT_CHUNK_ROWS: '20' } });
    await stack.startWorker('bookings');
    connection = await Connection.connect({ address: stack.temporal.address });
    client = new Client({ connection, namespace: stack.temporal.namespace });
  });
  after(async () => {
    await connection?.close();
    await stack?.close();
  });

  const reconcile = () => client.schedule.getHandle('reconcile').trigger();
  /** As if nothing had happened to the import for so long. */
  const age = async (importId: string, seconds: number) => {
    const ago = 'now() - make_interval(secs => $2)';
    await stack.store.run(`update booking_imports set updated_at = ${ago} where id = $1`, [importId, seconds]);
    await stack.store.run(`update booking_import_ledger set written_at = ${ago} where import_id = $1`, [
      importId,
      seconds,
    ]);
  };

  it('because its uploader died before the start, is started by the reconcile', async () => {
    const id = await storeUpload(stack.store.db, csvFile(100, undefined, 'LOST'), { chunkRows: 20 });
    await age(id, 60);
    await reconcile();
    assert.equal((await untilEnded(stack, id)).rows.created, 100);
  });

  it('because somebody terminated it, is started anew and goes on where it was', async () => {
    const { id, workflowId } = await upload(stack, csvFile(8_000, undefined, 'TERM'));
    await untilChunksWritten(stack, id, 5);
    await client.workflow.getHandle(workflowId).terminate('by mistake');
    // The windows that were in flight still write for a moment, and whoever writes isn't lost.
    await waitFor(
      async () => {
        await age(id, 600);
        await reconcile();
        return (await getImport(stack, id)).phase === 'done';
      },
      90_000,
      500,
    );
    const { status, rows } = await getImport(stack, id);
    assert.deepEqual([status, rows.created, rows.failed, rows.notAttempted], ['COMPLETED', 8_000, 0, 0]);
  });
});
