import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { pino } from 'pino';
import { createScanner } from '../src/clamd.ts';
import { freePort } from '../src/embedded/free-port.ts';
import { fileOf } from './readers/reading.ts';
import { EICAR, SIGNATURE, STREAM_LIMIT_BYTES, startClamd, type TestClamd } from './support/clamd.ts';

const log = pino({ level: 'silent' });
const scannerOf = (url: string, milliseconds = 20_000) => createScanner({ url, milliseconds, log });

describe('a file scanned by clamd', function () {
  // The package may have to be installed first.
  this.timeout(600_000);
  let clamd: TestClamd;
  before(async () => {
    clamd = await startClamd();
  });
  after(() => clamd.stop());

  it('that is clean passes, whether clamd listens on TCP or on a socket of the machine', async () => {
    const path = fileOf('name\nAsha\n'.repeat(50_000));
    for (const url of [clamd.tcpUrl, clamd.unixUrl]) assert.equal((await scannerOf(url)(path)).ok, true, url);
  });

  it('that is empty passes', async () => {
    assert.equal((await scannerOf(clamd.tcpUrl)(fileOf(''))).ok, true);
  });

  it('that is infected is FILE_INFECTED and names the signature, wherever in the file it stands', async () => {
    for (const content of [EICAR, `${'a,b\n'.repeat(100_000)}${EICAR}\n`]) {
      const result = await scannerOf(clamd.tcpUrl)(fileOf(content));
      assert.ok(!result.ok);
      assert.deepEqual([result.failure.code, result.failure.detail], ['FILE_INFECTED', { signature: SIGNATURE }]);
    }
  });

  it('that is longer than clamd takes is not taken for clean', async () => {
    const result = await scannerOf(clamd.tcpUrl)(fileOf('x'.repeat(STREAM_LIMIT_BYTES + 1)));
    assert.equal(!result.ok && result.failure.code, 'SCAN_UNAVAILABLE');
  });

  it('is scanned beside twenty others, each with its own verdict', async () => {
    const scan = scannerOf(clamd.tcpUrl);
    const files = Array.from({ length: 20 }, (_, n) => fileOf(n % 2 ? EICAR : 'a,b\n'));
    const results = await Promise.all(files.map(scan));
    assert.deepEqual(
      results.map(({ ok }) => ok),
      files.map((_, n) => n % 2 === 0),
    );
  });
});

describe('a file that clamd gives no verdict on is SCAN_UNAVAILABLE when clamd', () => {
  let server: Server | undefined;
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    if (server?.listening) await once(server.close(), 'close');
  });
  async function pretend(talk: (socket: Socket) => void): Promise<string> {
    server = createServer((socket) => {
      sockets.push(socket);
      talk(socket.on('error', () => {}));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  async function isRefused(url: string, milliseconds?: number) {
    const result = await scannerOf(url, milliseconds)(fileOf('a,b\n'.repeat(100_000)));
    assert.equal(!result.ok && result.failure.code, 'SCAN_UNAVAILABLE');
  }

  it('is away', async () => {
    await isRefused(`tcp://127.0.0.1:${await freePort()}`);
    await isRefused('unix:/nowhere/clamd.sock');
  });

  it('takes the file and says nothing', async () => {
    const url = await pretend((socket) => socket.resume());
    const started = Date.now();
    await isRefused(url, 300);
    assert.ok(Date.now() - started < 3_000);
  });

  it('does not even read the file', async () => {
    await isRefused(await pretend(() => {}), 300);
  });

  it('hangs up in the middle', async () => {
    await isRefused(await pretend((socket) => void socket.once('data', () => socket.destroy())));
  });

  for (const reply of ['HTTP/1.1 200 OK\r\n\r\n\0', 'stream: OK FOUND it\0', 'stream: OK', 'x'.repeat(10_000), '\0'])
    it(`answers ${JSON.stringify(reply.slice(0, 25))}`, async () => {
      await isRefused(await pretend((socket) => void socket.resume().end(reply)));
    });
});
