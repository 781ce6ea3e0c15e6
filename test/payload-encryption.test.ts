import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Connection, WorkflowClient } from '@temporalio/client';
import type { BookingView } from '../src/domain/booking-view.ts';
import { provisioning } from '../src/embedded/provision.ts';
import { provisionTemporalCli } from '../src/embedded/provision-temporal-cli.ts';
import { csvFile } from './support/csv-file.ts';
import { call, getImport, untilEnded, upload } from './support/rest.ts';
import { type Stack, withStack } from './support/stack.ts';
import { waitFor } from './support/wait-for.ts';

const [K1, K2] = ['k1', 'k2'].map((id) => `${id}:${randomBytes(32).toString('base64')}`);
const toBase64 = (text: string) => Buffer.from(text).toString('base64');
const QUEUES = ['imports', 'bookings', 'notifications'];

interface Seen {
  /** Where it stands in its event, with what encoding. */
  path: string;
  encoding: string;
  key: string;
}

/** Every payload in a history as Temporal keeps it, and every failure's message. */
function inspect(value: unknown, path = ''): { payloads: Seen[]; messages: string[] } {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return { payloads: [], messages: [] };
  const { metadata, data } = value as { metadata?: Record<string, Uint8Array>; data?: unknown };
  const encoding = metadata?.encoding;
  if (encoding && data !== undefined) {
    const key = Buffer.from(metadata['encryption-key-id'] ?? []).toString();
    return { payloads: [{ path, encoding: Buffer.from(encoding).toString(), key }], messages: [] };
  }
  const parts = Object.entries(value).map(([name, member]) => inspect(member, `${path}.${name}`));
  const failed = 'encodedAttributes' in value ? [String((value as { message?: string }).message)] : [];
  return {
    payloads: parts.flatMap(({ payloads }) => payloads),
    messages: [...failed, ...parts.flatMap(({ messages }) => messages)],
  };
}

// Search attributes are plain, for Temporal searches by them. What the SDK notes for itself of a local activity (its
// type, its number, its times) and of a patch (its name) never passes a codec.
const OWN_NOTES = /searchAttributes|markerRecordedEventAttributes\.details\.(data|patch-data)/;

describe('encrypted payloads', function () {
  this.timeout(240_000);
  let stack: Stack;
  let connection: Connection;
  before(async () => {
    stack = await withStack({
      env: { PAYLOAD_KEYS: `${K1},${K2}`, LIFECYCLE_STARTS_PER_SECOND: '100' },
      worker: false,
    });
    connection = await Connection.connect({ address: stack.temporal.address });
  });
  after(async () => {
    await connection.close();
    await stack.close();
  });

  const startWorker = (keys: string) => {
    stack.env.PAYLOAD_KEYS = keys;
    return stack.startWorker(...QUEUES);
  };
  const history = async (workflowId: string) => {
    const client = new WorkflowClient({ connection, namespace: stack.temporal.namespace });
    return inspect((await client.getHandle(workflowId).fetchHistory()).events);
  };
  const countedKeys = async (workflowId: string) => {
    const { payloads } = await history(workflowId);
    return new Set(payloads.filter(({ path }) => !OWN_NOTES.test(path)).map(({ key }) => key));
  };
  const reschedule = (id: string, day: number) =>
    call<BookingView>(stack, 'PATCH', `/api/bookings/${id}/reschedule`, {
      bookingDate: `2027-05-${String(day).padStart(2, '0')}T10:00:00.000Z`,
    });
  let booking: string;

  it('take an import and its bookings through, and no history holds a plain one', async () => {
    const worker = await startWorker(`${K1},${K2}`);
    const { id } = await upload(stack, csvFile(3));
    assert.equal((await untilEnded(stack, id)).status, 'COMPLETED');
    await waitFor(async () => (await getImport(stack, id)).lifecycles.started === 3);
    const { items } = (await call<{ items: BookingView[] }>(stack, 'GET', '/api/bookings')).body;
    booking = items[0]?.id ?? '';
    const moved = await reschedule(booking, 1);
    assert.deepEqual([moved.status, moved.body.bookingDate], [200, '2027-05-01T10:00:00.000Z']);
    const lifecycle = await call<{ status: string }>(stack, 'GET', `/api/bookings/${booking}/lifecycle`);
    assert.equal(lifecycle.body.status, 'PENDING', 'a query answers, too');
    const broken = await upload(stack, `${csvFile(5_000, (row) => row, 'B')}B-5001,"never closed`);
    assert.equal((await untilEnded(stack, broken.id)).reason?.code, 'UNCLOSED_QUOTE');
    assert.equal((await call<object>(stack, 'POST', '/api/admin/reconcile')).status, 200);
    await worker.stop();

    const client = new WorkflowClient({ connection, namespace: stack.temporal.namespace });
    let [payloads, messages, histories]: [Seen[], string[], number] = [[], [], 0];
    for await (const { workflowId } of client.list()) {
      const seen = await history(workflowId);
      payloads = [...payloads, ...seen.payloads.map((each) => ({ ...each, path: `${workflowId}${each.path}` }))];
      messages = [...messages, ...seen.messages];
      histories += 1;
    }
    assert.ok(histories >= 6, `${histories} histories`);
    assert.ok(payloads.length > 50, `${payloads.length} payloads`);
    assert.deepEqual(
      payloads.filter(({ path, encoding }) => encoding !== 'binary/encrypted' && !OWN_NOTES.test(path)),
      [],
    );
    assert.ok(messages.length > 0, 'the file that broke left a failure');
    assert.deepEqual([...new Set(messages)], ['Encoded failure']);
  });

  it('are shown to an admin by Temporal’s own command, through the API', async () => {
    const show = async (...more: string[]) => {
      const cli = await provisionTemporalCli(provisioning(process.env));
      const from = ['--address', stack.temporal.address, '--namespace', stack.temporal.namespace, '--output', 'json'];
      const args = ['workflow', 'show', ...from, '--workflow-id', `booking-${booking}`, ...more];
      return (await promisify(execFile)(cli, args, { maxBuffer: 10_000_000 })).stdout;
    };
    const input = toBase64(JSON.stringify({ bookingId: booking }));
    assert.ok(!(await show()).includes(input));
    const door = ['--codec-endpoint', `${stack.apiUrl}/api/admin/codec`, '--codec-auth', `Bearer ${stack.adminToken}`];
    assert.ok((await show(...door)).includes(input));
    const path = '/api/admin/codec/decode';
    const payload = { metadata: { encoding: toBase64('binary/encrypted'), 'encryption-key-id': toBase64('k9') } };
    const refused = await call<{ detail: string }>(stack, 'POST', path, { payloads: [payload] });
    assert.equal(refused.status, 400);
    assert.match(refused.body.detail, /the key "k9", which is not among/);
  });

  it('are written with the new key after a rotation, and what the old one wrote is read', async () => {
    const worker = await startWorker(`${K2},${K1}`);
    assert.equal((await reschedule(booking, 2)).status, 200);
    await worker.stop();
    assert.deepEqual(await countedKeys(`booking-${booking}`), new Set(['k1', 'k2']));
  });

  it('are plain again once it is off, and the lifecycle goes on', async () => {
    const worker = await startWorker(`off,${K2},${K1}`);
    assert.equal((await reschedule(booking, 3)).status, 200);
    await worker.stop();
    assert.deepEqual(await countedKeys(`booking-${booking}`), new Set(['k1', 'k2', '']));
    const { body } = await call<BookingView>(stack, 'GET', `/api/bookings/${booking}`);
    assert.equal(body.version, 4);
  });
});
