import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { ok } from '../../src/domain/failures.ts';
import { answer } from '../../src/http/endpoint.ts';
import { handleError } from '../../src/http/problems.ts';
import { requestId } from '../../src/http/request-id.ts';
import { requestLog } from '../../src/http/request-log.ts';
import { closeUnreadRequests } from '../../src/http/unread-requests.ts';
import { type Upload, type UploadLimits, withUpload } from '../../src/http/upload.ts';
import { testLogger } from '../support/test-logs.ts';
import { waitFor } from '../support/wait-for.ts';
import { BOUNDARY, filePart, openRaw, readAnswer, requestHead } from './raw-client.ts';

const MAX = 100_000;

describe('an upload', function () {
  this.timeout(10_000);
  let spoolDir: string;
  let server: Server;
  let port: number;
  let limits: UploadLimits;
  const seen: Upload[] = [];
  const failing: { next?: Error } = {};

  before(async () => {
    spoolDir = await mkdtemp(join(tmpdir(), 'upload-test-'));
    limits = { spoolDir, maxFileBytes: MAX, totalMs: 20_000, idleMs: 20_000 };
    const app = express();
    app.use(requestId, requestLog(testLogger()), closeUnreadRequests);
    app.post(
      '/',
      answer((req) =>
        withUpload(req, limits, async (upload) => {
          if (failing.next) throw failing.next;
          seen.push(upload);
          const content = await readFile(upload.path);
          return ok({ body: { ...upload, spooled: createHash('sha256').update(content).digest('hex') } });
        }),
      ),
    );
    app.use(handleError);
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(spoolDir, { recursive: true });
  });

  beforeEach(() => {
    seen.length = 0;
    Object.assign(limits, { totalMs: 20_000, idleMs: 20_000 });
    failing.next = undefined;
  });

  afterEach('leaves nothing in the spool directory', () => waitFor(async () => (await readdir(spoolDir)).length === 0));

  const send = async (form: FormData) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: form });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const sendRaw = async (body: string, contentType = `multipart/form-data; boundary=${BOUNDARY}`) => {
    const headers = { 'Content-Type': contentType };
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const formOf = (...parts: [string, string | Blob, string?][]) => {
    const form = new FormData();
    for (const [name, value, fileName] of parts)
      if (typeof value === 'string') form.append(name, value);
      else form.append(name, value, fileName);
    return form;
  };
  const csv = (content: string) => new Blob([content], { type: 'text/csv' });

  it('comes with its size and hash, and lies in the spool byte for byte', async () => {
    const content = 'a,b\n1,ü\n'.repeat(5000);
    const { status, body } = await send(formOf(['file', csv(content), 'käufe 2027.csv']));
    assert.equal(status, 200);
    const sha256 = createHash('sha256').update(content).digest('hex');
    assert.deepEqual(
      { name: body.fileName, size: body.fileSize, sha256: body.sha256, spooled: body.spooled },
      { name: 'käufe 2027.csv', size: Buffer.byteLength(content), sha256, spooled: sha256 },
    );
  });

  it('that is broken in more than one way is refused, and the process lives on', async () => {
    for (const part of ['None--', '\r\n: x\r\n\r\nx\r\n--', '\r\nNone']) {
      const { status, body } = await sendRaw(`--${BOUNDARY}\r\n${part}${BOUNDARY}--\r\n`);
      assert.deepEqual([status, body.code], [400, 'MALFORMED_UPLOAD']);
    }
  });

  it('with a part that has no name is refused, be it a field or a file, and the process lives on', async () => {
    for (const head of ['form-data', 'form-data; filename="a.csv"']) {
      const part = `Content-Disposition: ${head}\r\n\r\nx\r\n`;
      const { status, body } = await sendRaw(`--${BOUNDARY}\r\n${part}--${BOUNDARY}--\r\n`);
      assert.deepEqual([status, body.code], [400, 'MALFORMED_UPLOAD']);
    }
  });

  it('of exactly the limit is taken', async () => {
    assert.equal((await send(formOf(['file', csv('x'.repeat(MAX)), 'a.csv']))).status, 200);
  });

  it('of one byte more is refused with 413, and the limit', async () => {
    const { status, body } = await send(formOf(['file', csv('x'.repeat(MAX + 1)), 'a.csv']));
    assert.deepEqual([status, body.code, body.maxBytes], [413, 'FILE_TOO_LARGE', MAX]);
  });

  it('far above the limit is refused by its announced length before it is sent', async () => {
    const socket = await openRaw(port);
    const answered = readAnswer(socket, (text) => text.includes('FILE_TOO_LARGE'));
    socket.write(requestHead('/', { 'Content-Length': 11_000_000 }));
    assert.match(await answered, /^HTTP\/1.1 413 /);
    socket.destroy();
  });

  it('without an announced length is cut off at the limit, the answer arrives, and the connection is closed', async () => {
    const socket = await openRaw(port);
    const answered = readAnswer(socket);
    socket.write(requestHead('/', { 'Transfer-Encoding': 'chunked' }));
    const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
    socket.write(chunk(filePart('')));
    const endless = setInterval(() => socket.write(chunk('x'.repeat(65_536))), 5);
    const text = await answered.finally(() => clearInterval(endless));
    assert.match(text, /^HTTP\/1.1 413 [\s\S]*FILE_TOO_LARGE/);
  });

  it('takes its settings before or after the file, as a field or as a part of its own type', async () => {
    const settings = JSON.stringify({ onDuplicate: 'update' });
    const file: [string, Blob, string] = ['file', csv('a\n1\n'), 'a.csv'];
    for (const form of [
      formOf(['settings', settings], file),
      formOf(file, ['settings', settings]),
      formOf(['settings', new Blob([settings], { type: 'application/json' }), 'blob'], file),
    ])
      assert.deepEqual((await send(form)).body.settings, { onDuplicate: 'update' });
  });

  it('refuses settings that are no JSON, and settings without an end', async () => {
    const file: [string, Blob, string] = ['file', csv('a\n1\n'), 'a.csv'];
    const broken = await send(formOf(['settings', '{"onDuplicate":'], file));
    assert.deepEqual([broken.status, broken.body.code], [400, 'INVALID_SETTINGS']);
    const long = await send(formOf(['settings', `"${'x'.repeat(70_000)}"`], file));
    assert.deepEqual([long.status, long.body.code], [400, 'INVALID_SETTINGS']);
    const longPart = await send(formOf(['settings', csv(`"${'x'.repeat(70_000)}"`), 'blob'], file));
    assert.deepEqual([longPart.status, longPart.body.code], [400, 'INVALID_SETTINGS']);
  });

  it('without a file is NO_FILE, also when a browser sends the empty field of its form', async () => {
    const none = await send(formOf(['settings', '{}']));
    assert.deepEqual([none.status, none.body.code], [400, 'NO_FILE']);
    const empty = await sendRaw(`${filePart('', '')}\r\n--${BOUNDARY}--\r\n`);
    assert.deepEqual([empty.status, empty.body.code], [400, 'NO_FILE'], String(empty.body.detail));
    const asText = await send(formOf(['file', 'a,b\n1,2\n']));
    assert.deepEqual([asText.status, asText.body.code], [400, 'NO_FILE']);
  });

  it('of an empty file arrives, as empty', async () => {
    const { body } = await send(formOf(['file', csv(''), 'empty.csv']));
    assert.deepEqual([body.fileName, body.fileSize], ['empty.csv', 0]);
  });

  it('with two files, a misnamed file or an unknown field is refused and says so', async () => {
    const two = await send(formOf(['file', csv('a'), 'a.csv'], ['file', csv('b'), 'b.csv']));
    assert.deepEqual([two.status, two.body.code], [400, 'MALFORMED_UPLOAD']);
    const misnamed = await send(formOf(['upload', csv('a'), 'a.csv']));
    assert.match(String(misnamed.body.detail), /"upload"/);
    const unknown = await send(formOf(['setings', '{}'], ['file', csv('a'), 'a.csv']));
    assert.match(String(unknown.body.detail), /"setings"/);
    const many = await send(formOf(...Array.from({ length: 50 }, (_, i): [string, string] => [`f${i}`, 'x'])));
    assert.equal(many.body.code, 'MALFORMED_UPLOAD');
  });

  it('without a boundary, of another type, or cut off within the form is MALFORMED_UPLOAD', async () => {
    for (const [body, type] of [
      ['x', 'multipart/form-data'],
      ['{"file":"x"}', 'application/json'],
      ['file=x', 'application/x-www-form-urlencoded'],
      [filePart('a,b\n1,2'), undefined],
      ['', undefined],
      ['rubbish', undefined],
    ] as const) {
      const refused = await sendRaw(body, type);
      assert.deepEqual([refused.status, refused.body.code], [400, 'MALFORMED_UPLOAD'], `${type}: ${body}`);
    }
  });

  it('that the client abandons half-way leaves nothing behind and reaches nobody', async () => {
    const socket = await openRaw(port);
    socket.write(requestHead('/', { 'Content-Length': 50_000 }) + filePart('a,b\n'.repeat(2000)));
    await waitFor(async () => (await readdir(spoolDir)).length === 1);
    socket.destroy();
    await waitFor(async () => (await readdir(spoolDir)).length === 0);
    assert.equal(seen.length, 0);
  });

  it('that stops moving is answered with 408', async () => {
    limits.idleMs = 80;
    const socket = await openRaw(port);
    const answered = readAnswer(socket, (text) => text.includes('UPLOAD_TIMEOUT'));
    socket.write(requestHead('/', { 'Content-Length': 50_000 }) + filePart('a,b\n'));
    assert.match(await answered, /^HTTP\/1.1 408 /);
    socket.destroy();
  });

  it('that drips on for ever is answered with 408 at the total limit', async () => {
    Object.assign(limits, { idleMs: 5_000, totalMs: 300 });
    const socket = await openRaw(port);
    const answered = readAnswer(socket, (text) => text.includes('UPLOAD_TIMEOUT'));
    socket.write(requestHead('/', { 'Content-Length': 50_000 }) + filePart('a'));
    const drip = setInterval(() => socket.write('x'), 20);
    const text = await answered.finally(() => clearInterval(drip));
    assert.match(text, /^HTTP\/1.1 408 /);
    socket.destroy();
  });

  it('has a name that is only shown: no path, no control or direction characters, not longer than 255', async () => {
    const named = async (name: string) => {
      const { body } = await sendRaw(`${filePart('a\n1\n', name)}\r\n--${BOUNDARY}--\r\n`);
      return body.fileName;
    };
    assert.equal(await named('../../etc/passwd'), 'passwd');
    assert.equal(await named('a\u202Evsc.exe'), 'avsc.exe');
    assert.equal(await named('a\u0085b\u2028c.csv'), 'abc.csv');
    assert.equal(await named('a\0.csv'), undefined);
    assert.equal(String(await named(`${'x'.repeat(400)}.csv`)).length, 255);
    assert.equal(await named('<img src=x onerror=alert(1)>.csv'), '<img src=x onerror=alert(1)>.csv');
  });

  it('is removed when the work on it throws, and the answer tells no stack', async () => {
    failing.next = new Error('secret: disk on fire');
    const { status, body } = await send(formOf(['file', csv('a\n1\n'), 'a.csv']));
    assert.deepEqual([status, body.code], [500, 'INTERNAL']);
    assert.doesNotMatch(JSON.stringify(body), /fire|at .*\.ts/);
  });
});
