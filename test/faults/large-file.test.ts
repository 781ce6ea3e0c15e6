import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, WorkflowClient } from '@temporalio/client';
import { writeBookingsFile } from '../bench/bookings-file.ts';
import { peakMegabytes } from '../support/peak-memory.ts';
import { untilEnded, uploadPath } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';

const ROWS = 100_000;

describe('a file of 100,000 rows', function () {
  this.timeout(240_000);
  let stack: Stack;
  let directory: string;
  let workflowId: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'booking-import-large-'));
    stack = await withStack({ env: { MAX_UPLOAD_BYTES: String(1 << 26) } });
  });
  after(async () => {
    await stack?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('is imported whole, each row accounted for, by a worker of less than 400 MB', async () => {
    const file = join(directory, 'bookings.csv');
    const bad = await writeBookingsFile(file, { rows: ROWS, badPercent: 5, seed: 3 });
    const view = await untilEnded(stack, (await uploadPath(stack, file)).id, { limitMs: 200_000 });
    workflowId = view.workflowId;
    const { created, failed, notAttempted } = view.rows;
    assert.deepEqual({ created, failed, notAttempted }, { created: ROWS - bad, failed: bad, notAttempted: 0 });
    const peak = await peakMegabytes(stack.worker?.pid ?? 0);
    assert.ok(peak === null || peak < 400, `${peak} MB`);
  });

  it('leaves a history of less than 1,000 events and no payload above 64 KB', async () => {
    const connection = await Connection.connect({ address: stack.temporal.address });
    try {
      const client = new WorkflowClient({ connection, namespace: stack.temporal.namespace });
      const { events } = await client.getHandle(workflowId).fetchHistory();
      assert.ok(events && events.length < 1_000, `${events?.length} events`);
      const largest = Math.max(...payloadSizes(events));
      assert.ok(largest < 64 * 1024, `${largest} bytes`);
    } finally {
      await connection.close();
    }
  });
});

/** The sizes of all payloads in an answer of the server: the `data` of whatever has some. */
function payloadSizes(value: unknown): number[] {
  if (value === null || typeof value !== 'object') return [0];
  const own = 'data' in value && value.data instanceof Uint8Array ? [value.data.byteLength] : [];
  return [
    ...own,
    ...Object.values(value).flatMap((member) => (member instanceof Uint8Array ? [] : payloadSizes(member))),
  ];
}
