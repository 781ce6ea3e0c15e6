import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { ImportView } from '../../src/domain/import.ts';
import { waitFor } from '../support/wait-for.ts';
import { writeRows } from './run-by-hand.ts';
import { type RunningApi, startApi } from './running-api.ts';

const IMPORTS = '/api/admin/bookings/imports';

describe('the progress stream', function () {
  this.timeout(60_000);
  let api: RunningApi;
  let files = 0;
  before(async () => {
    api = await startApi();
    await api.call('POST', '/api/admin/dealers', { body: { dealerCode: 'DLR001', dealerName: 'One' } });
  });
  after(() => api.stop());

  const started = async (): Promise<string> => {
    files += 1;
    const content = `customer_name,dealer_code,booking_date\nAda ${files},DLR001,2027-01-01\n`;
    return (await api.upload('/api/admin/bookings/import', { content })).body.id;
  };
  /** Reads the stream as it comes. */
  const watch = async (id: string) => {
    const abort = new AbortController();
    const authorization = `Bearer ${await api.token()}`;
    const response = await fetch(`${api.url}${IMPORTS}/${id}/progress`, {
      headers: { authorization },
      signal: abort.signal,
    });
    const seen = { text: '', ended: false };
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const piece of response.body ?? []) seen.text += decoder.decode(piece, { stream: true });
    })().catch(() => {});
    void reading.then(() => {
      seen.ended = true;
    });
    const events = (): ImportView[] =>
      seen.text.split('\n').flatMap((text) => (text.startsWith('data:') ? [JSON.parse(text.slice(5))] : []));
    return { response, seen, events, abort };
  };

  it('tells the state at once, each change, and ends with the end', async () => {
    const id = await started();
    const { response, seen, events } = await watch(id);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.ok(response.headers.get('x-request-id'));
    await waitFor(() => events().length === 1);
    assert.deepEqual(events()[0], (await api.call('GET', `${IMPORTS}/${id}`)).body);
    const { finish } = await writeRows(api.db, id, { header: ['a'], rows: [{ cells: ['1'] }, { cells: ['2'] }] });
    await waitFor(() => events().at(-1)?.processedRows === 2);
    await finish();
    await waitFor(() => seen.ended);
    const last = events().at(-1);
    assert.deepEqual([last?.status, last?.phase, last?.successfulRows], ['COMPLETED', 'done', 2]);
    assert.equal(
      new Set(events().map((event) => JSON.stringify(event))).size,
      events().length,
      'each event is a change',
    );
  });

  it('of an import that has ended is one event and the end', async () => {
    const id = await started();
    await api.call('DELETE', `${IMPORTS}/${id}`);
    const { seen, events } = await watch(id);
    await waitFor(() => seen.ended);
    assert.deepEqual(
      events().map((event) => event.status),
      ['CANCELLED'],
    );
  });

  it('needs a token, and an import', async () => {
    const id = await started();
    assert.equal((await fetch(`${api.url}${IMPORTS}/${id}/progress`)).status, 401);
    assert.equal((await api.call('GET', `${IMPORTS}/01ARZ3NDEKTSV4RRFFQ69G5FAV/progress`)).status, 404);
  });

  it('is refused to who has thirty open, until one of them is closed', async () => {
    const id = await started();
    const open = await Promise.all(Array.from({ length: 30 }, () => watch(id)));
    assert.ok(open.every(({ response }) => response.status === 200));
    const { response } = await watch(id);
    assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '5']);
    for (const { abort } of open) abort.abort();
    await waitFor(async () => {
      const { response: again, abort } = await watch(id);
      abort.abort();
      return again.status === 200;
    });
  });

  it('lets go of a client that leaves', async () => {
    // Each stream listens for the process to stop for as long as it lives.
    const followers = () => getEventListeners(api.closing.signal, 'abort').length;
    const { events, abort } = await watch(await started());
    await waitFor(() => events().length === 1);
    await waitFor(() => followers() === 1);
    abort.abort();
    await waitFor(() => followers() === 0);
  });

  it('ends when the process stops', async () => {
    const { seen, events } = await watch(await started());
    await waitFor(() => events().length === 1);
    api.closing.abort();
    await waitFor(() => seen.ended);
    assert.equal(events().length, 1);
  });
});
