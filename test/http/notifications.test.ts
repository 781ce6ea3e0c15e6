import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { connect } from 'node:net';
import { feedNotification } from '../../db/notification-outbox.ts';
import { rows, run } from '../../db/query.ts';
import { addNotification, type GivenNotification } from '../support/notifications.ts';
import { waitFor } from '../support/wait-for.ts';
import { type RunningApi, startApi } from './running-api.ts';

const FEED = '/api/notifications';
const ADA = { role: 'advisor', sub: 'ada@example.com' } as const;

describe('what changed for the caller', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
    await run(
      api.db,
      `insert into dealers (id, dealer_code, dealer_name) values ('d1', 'DLR001', 'One'), ('d2', 'DLR002', 'Two')`,
    );
    await run(api.db, `insert into advisors (id, email, name) values ('a1', 'ada@example.com', 'Ada')`);
    await run(
      api.db,
      `insert into bookings (id, external_id, dealer_id, customer_name) values ('b1', 'EXT-1', 'd1', 'Ravi')`,
    );
  });
  beforeEach(() => run(api.db, 'delete from notifications'));
  after(() => api.stop());

  /** Tells of a note with this text as its author; gives the notification's place. */
  const tell = async (by: string, given: GivenNotification = {}): Promise<string> => {
    const id = await addNotification({ run: (sql, bind) => run(api.db, sql, bind) }, { data: { by }, ...given });
    await feedNotification(api.db, id, null, []);
    const [found] = await rows<{ place: string }>(
      api.db,
      `select lpad(feed_id::text, 12, '0') as place from notifications where id = $1`,
      [id],
    );
    return found?.place ?? assert.fail('it is not in the feed');
  };
  const as = async (claims: object, path = FEED) =>
    api.call('GET', path, { headers: { authorization: `Bearer ${await api.token(claims)}` } });
  const authors = (items: { data: { by: string } }[]) => items.map(({ data }) => data.by);

  it('is told newest first, in words as well', async () => {
    await tell('alice');
    const id = await tell('bob', { kind: 'STATUS_CHANGED', advisorId: 'a1', data: { by: 'bob', status: 'COMPLETED' } });
    const { status, body, headers } = await as(ADA);
    assert.deepEqual([status, headers.get('cache-control'), body.nextCursor], [200, 'no-store', null]);
    const [{ at, happenedAt, ...item }] = body.items;
    assert.ok(Date.parse(at) >= Date.parse(happenedAt));
    assert.deepEqual(item, {
      ...{ id, kind: 'STATUS_CHANGED', bookingId: 'b1', externalId: 'EXT-1', importId: null, dealerCode: 'DLR001' },
      data: { by: 'bob', status: 'COMPLETED' },
      text: 'bob changed booking EXT-1 to COMPLETED.',
    });
    assert.deepEqual(authors((await as({})).body.items), ['bob', 'alice']);
  });

  it('is to an advisor what is his, to an admin what is of the token’s dealers, and to nobody another’s', async () => {
    await tell('1', { advisorId: 'a1' });
    await tell('2', { dealerId: 'd2' });
    await tell('3', { subject: 'carol' });
    await tell('4', { subject: ADA.sub });
    const seen = async (claims: object) => authors((await as(claims)).body.items).join('');
    assert.equal(await seen(ADA), '41');
    assert.equal(await seen({ role: 'advisor', sub: 'eve@example.com' }), '');
    assert.equal(await seen({}), '21');
    assert.equal(await seen({ dealers: ['DLR002'] }), '2');
    assert.equal(await seen({ sub: 'carol', dealers: ['DLR001'] }), '31');
    assert.equal((await fetch(`${api.url}${FEED}`)).status, 401);
    assert.equal((await fetch(`${api.url}${FEED}/stream`)).status, 401);
  });

  it('comes in pages, and refuses a question that is not right', async () => {
    for (const by of ['1', '2', '3', '4', '5']) await tell(by);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await as({}, `${FEED}?limit=2${cursor}`);
      seen.push(...authors(body.items));
      await tell('later');
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    assert.deepEqual(seen, ['5', '4', '3', '2', '1']);
    for (const query of ['limit=201', 'limit=0', 'cursor=AA', 'kind=REMINDER'])
      assert.equal((await as({}, `${FEED}?${query}`)).status, 400, query);
  });

  describe('as a stream', () => {
    const open: AbortController[] = [];
    afterEach(() => {
      for (const abort of open.splice(0)) abort.abort();
    });

    const watch = async (claims: object = {}, lastEventId?: string) => {
      const abort = new AbortController();
      open.push(abort);
      const response = await fetch(`${api.url}${FEED}/stream`, {
        headers: {
          authorization: `Bearer ${await api.token(claims)}`,
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
        signal: abort.signal,
      });
      const seen = { text: '', ended: false };
      void (async () => {
        const decoder = new TextDecoder();
        for await (const piece of response.body ?? []) seen.text += decoder.decode(piece, { stream: true });
      })()
        .catch(() => {})
        .then(() => {
          seen.ended = true;
        });
      const fields = (name: string) =>
        seen.text
          .split('\n')
          .flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).trim()] : []));
      const events = () => fields('data').map((data) => JSON.parse(data));
      const begun = () => fields('id').length > 0;
      if (response.ok) await waitFor(begun);
      return { response, seen, abort, events, ids: () => fields('id') };
    };

    it('tells what is new, as it is listed, with its id', async () => {
      await tell('before');
      const { response, events, ids } = await watch(ADA);
      assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
      await tell('another’s');
      const id = await tell('bob', { advisorId: 'a1' });
      await waitFor(() => events().length === 1);
      assert.deepEqual(events(), (await as(ADA)).body.items);
      assert.equal(ids().at(-1), id);
    });

    it('goes on where it was lost, without a gap or a repeat', async () => {
      const first = await watch();
      await tell('1');
      await tell('2');
      await waitFor(() => first.events().length === 2);
      first.abort.abort();
      const [, ...ids] = first.ids();
      for (let n = 3; n <= 250; n += 1) await tell(String(n));
      const second = await watch({}, ids[0]);
      await waitFor(() => second.events().length === 249);
      await tell('251');
      await waitFor(() => second.events().length === 250);
      assert.deepEqual(
        authors(second.events()),
        Array.from({ length: 250 }, (_, n) => String(n + 2)),
      );
      assert.deepEqual(
        second.ids().slice(1),
        second.events().map(({ id }) => id),
      );
    });

    it('goes on also for a client that had seen nothing yet', async () => {
      const first = await watch();
      first.abort.abort();
      await tell('missed');
      const second = await watch({}, first.ids()[0]);
      await waitFor(() => second.events().length === 1);
    });

    it('tells every reader of all that many tell at once', async () => {
      const readers = await Promise.all([watch(), watch(), watch({ dealers: ['DLR001'] })]);
      await Promise.all(Array.from({ length: 60 }, (_, n) => tell(String(n))));
      const listed = (await as({}, `${FEED}?limit=200`)).body.items.map(({ id }: { id: string }) => id).reverse();
      assert.equal(listed.length, 60);
      for (const { events } of readers) {
        await waitFor(() => events().length >= 60);
        assert.deepEqual(
          events().map(({ id }) => id),
          listed,
        );
      }
    });

    it('loses nothing of what a reader is too slow for', async () => {
      const socket = connect(api.port, '127.0.0.1');
      const token = await api.token();
      socket.write(`GET ${FEED}/stream HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n\r\n`);
      await once(socket, 'readable');
      // Twelve megabytes: more than the sockets between them hold.
      const padding = 'x'.repeat(60_000);
      for (let n = 0; n < 200; n += 1) await tell(String(n), { data: { by: String(n), padding } });
      let text = '';
      socket.setEncoding('utf8').on('data', (piece) => {
        text += String(piece);
      });
      await waitFor(() => text.includes('"by":"199"'));
      socket.destroy();
      const seen = [...text.matchAll(/"by":"(\d+)"/g)].map(([, n]) => Number(n));
      assert.deepEqual(
        seen,
        Array.from({ length: 200 }, (_, n) => n),
      );
    });

    it('refuses an id that is none of its own', async () => {
      const { status, body } = await api.call('GET', `${FEED}/stream`, { headers: { 'last-event-id': 'N1' } });
      assert.deepEqual([status, body.code], [400, 'INVALID_REQUEST']);
    });

    it('lets go of a client that leaves, and ends when the process stops', async () => {
      const followers = () => getEventListeners(api.closing.signal, 'abort').length;
      await waitFor(() => followers() === 0);
      const [leaving, staying] = [await watch(), await watch()];
      assert.equal(followers(), 2);
      leaving.abort.abort();
      await waitFor(() => followers() === 1);
      api.closing.abort();
      await waitFor(() => staying.seen.ended);
    });
  });
});
