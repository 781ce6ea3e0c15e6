import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'mocha';
import { freePort } from '../../src/embedded/free-port.ts';

describe('a free port', () => {
  it('is the wanted one when nobody listens there', async () => {
    const port = await freePort();
    assert.equal(await freePort(port), port);
  });

  it('is another one when somebody listens there', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    assert.notEqual(await freePort(port), port);
    other.close();
  });
});
