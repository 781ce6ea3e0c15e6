import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import express from 'express';
import { CONNECTION_LIMITS, createApiServer } from '../../src/http/api-server.ts';
import { streamEvents } from '../../src/http/event-stream.ts';
import { waitFor } from '../support/wait-for.ts';
import { openRaw, readAnswer, requestHead } from './raw-client.ts';
import { writeRows } from './run-by-hand.ts';
import { type RunningApi, startApi } from './running-api.ts';

const SILENT_MS = 1_500;

describe('a client that is too slow', function () {
  this.timeout(60_000);
  let api: RunningApi;
  let authorization: string;
  before(async () => {
    api = await startApi({ connections: { headersMs: 400 }, bodyMs: 400 });
    authorization = `Bearer ${await api.token()}`;
    await api.call('POST', '/api/admin/dealers', { body: { dealerCode: 'DLR001', dealerName: 'One' } });
  });
  after(() => api.stop());

  /** Sends a little again and again, until the connection ends. */
  const drip = (socket: Socket, text: string) => {
    const timer = setInterval(() => socket.write(text), 50);
    socket.once('close', () => clearInterval(timer));
  };
  const ended = async (socket: Socket) => {
    if (!socket.closed) await once(socket, 'close');
  };
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n\r\n`;

  it('with its headers is answered with 408 and cut off', async () => {
    const socket = await openRaw(api.port);
    const answered = readAnswer(socket);
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n');
    drip(socket, 'X-Slow: 1\r\n');
    assert.match(await answered, /^HTTP\/1.1 408 /);
  });

  it('with a JSON body is told so as a problem and cut off', async () => {
    const socket = await openRaw(api.port);
    const answered = readAnswer(socket);
    const head = `POST /api/admin/dealers HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n`;
    socket.write(`${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
    drip(socket, '1\r\n \r\n');
    assert.match(await answered, /^HTTP\/1.1 408 [\s\S]*REQUEST_TIMEOUT/);
  });

  it('with the body of a request that is refused gets the refusal, and is cut off', async () => {
    const socket = await openRaw(api.port);
    const answered = readAnswer(socket);
    socket.write(requestHead('/api/admin/bookings/import', { 'Transfer-Encoding': 'chunked' }));
    drip(socket, '1\r\nx\r\n');
    assert.match(await answered, /^HTTP\/1.1 401 /);
  });

  it('to begin anything at all is cut off', async () => {
    const socket = await openRaw(api.port);
    await ended(socket.resume());
  });

  it('with too long or too many headers is refused', async () => {
    const long = await openRaw(api.port);
    const refused = readAnswer(long);
    long.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    assert.match(await refused, /^HTTP\/1.1 431 /);
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`x-${n}`, '1']));
    const { status, body } = await api.call('GET', '/healthz', { headers: many });
    assert.deepEqual([status, body.code], [431, 'HEADERS_TOO_LARGE']);
  });

  describe('to read', () => {
    let path: string;
    const BYTES = 12_000_000;
    before(async () => {
      const content = 'customer_name,dealer_code,booking_date\nAda,DLR001,2027-01-01\n';
      const { id } = (await api.upload('/api/admin/bookings/import', { content })).body;
      const faults = [{ type: 'DATE' as const, field: null, message: 'wrong' }];
      const rows = Array.from({ length: 1_200 }, () => ({ cells: ['x'.repeat(BYTES / 1_200)], faults }));
      await (await writeRows(api.db, id, { header: ['a'], rows })).finish();
      // Not before: the thread that looks into the first file takes a second or more to start.
      api.server.timeout = SILENT_MS;
      path = `/api/admin/bookings/imports/${id}/errors`;
    });

    it('a download it has asked for is cut off', async () => {
      const connected = once(api.server, 'connection');
      const socket = await openRaw(api.port);
      const [theirs] = (await connected) as [Socket];
      socket.pause().write(get(path));
      // The client hears of its end only when it reads on.
      await ended(theirs);
      let bytes = 0;
      socket.on('data', (piece) => {
        bytes += piece.length;
      });
      await ended(socket.on('error', () => {}).resume());
      assert.ok(bytes < BYTES, `${bytes} bytes`);
    });

    it('but reads on all the same gets the whole download', async () => {
      const socket = await openRaw(api.port);
      socket.write(get(path).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      const started = Date.now();
      let bytes = 0;
      socket.on('data', (piece) => {
        bytes += piece.length;
        socket.pause();
        setTimeout(() => socket.resume(), 20);
      });
      await ended(socket);
      assert.ok(bytes > BYTES, `${bytes} bytes`);
      assert.ok(Date.now() - started > SILENT_MS, 'it took longer than silence may');
    });
  });

  it('to read a stream of events is cut off', async () => {
    const app = express();
    let over = false;
    app.use((_req, res, next) => {
      res.locals.caller = { subject: 'alice', role: 'admin', dealers: [], expiresAt: Date.now() + 600_000 };
      next();
    });
    app.get('/', (req, res) =>
      streamEvents(req, res, new AbortController().signal, async ({ session, signal }) => {
        while (!signal.aborted) {
          if (!res.writableNeedDrain) session.push('x'.repeat(65_536));
          await new Promise((next) => setTimeout(next, 1));
        }
        over = true;
      }),
    );
    const server = createApiServer(app, { ...CONNECTION_LIMITS, silentMs: SILENT_MS }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = await openRaw((server.address() as AddressInfo).port);
    socket.pause().write(get('/'));
    await waitFor(() => over);
    socket.destroy();
    server.close();
  });
});
