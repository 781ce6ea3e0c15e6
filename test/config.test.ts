import assert from 'node:assert/strict';
import { ConfigError, loadConfig } from '../src/config.ts';

describe('the configuration of limits', () => {
  it('trusts no proxy unless told which', () => {
    assert.equal(loadConfig({}).trustProxy, false);
    assert.equal(loadConfig({ TRUST_PROXY: '2' }).trustProxy, 2);
    const places = loadConfig({ TRUST_PROXY: 'loopback, 10.0.0.0/8,2001:db8::1' }).trustProxy;
    assert.deepEqual(places, ['loopback', '10.0.0.0/8', '2001:db8::1']);
  });

  it('refuses to trust everybody, and what is no address', () => {
    for (const given of ['true', '*', '0', '10', 'proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', 'loopback,'])
      assert.throws(() => loadConfig({ TRUST_PROXY: given }), ConfigError, given);
  });

  it('never limits reads below fifty a second', () => {
    assert.throws(() => loadConfig({ RATE_READS_PER_SECOND: '49' }), ConfigError);
    assert.equal(loadConfig({ RATE_READS_PER_SECOND: '50' }).limits.readsPerSecond, 50);
  });
});
