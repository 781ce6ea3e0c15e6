import assert from 'node:assert/strict';
import { addressOf, networkOf } from '../../src/http/client-address.ts';

describe('a client’s address', () => {
  it('is counted by its IPv4 address, or by the IPv6 network that it was given', () => {
    assert.equal(networkOf('2001:db8::1'), networkOf('2001:DB8:0:0:ffff::2'));
    assert.notEqual(networkOf('2001:db8::1'), networkOf('2001:db8:0:1::1'));
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(networkOf('::1'), '0:0:0:0::/64');
    assert.equal(networkOf('::ffff:203.0.113.7'), '203.0.113.7');
    assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  });

  it('is none when a proxy’s header holds something else', () => {
    for (const given of ['<script>', '', 'unknown', '1.2.3', undefined]) assert.equal(addressOf(given), null);
    assert.equal(addressOf('203.0.113.7'), '203.0.113.7');
    assert.equal(addressOf('fe80::1%eth0'), 'fe80::1');
  });
});
