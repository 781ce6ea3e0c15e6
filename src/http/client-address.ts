import { isIP } from 'node:net';

/**
 * An address as a column for one takes it: without an interface's name, and null when it is none. Behind a proxy it comes
 * from a header, in which anything may stand.
 */
export function addressOf(ip: string | undefined): string | null {
  const [address = ''] = ip?.split('%') ?? [];
  return isIP(address) > 0 ? address : null;
}

/** Whom an address is counted as: IPv4 as it is, IPv6 by its first 64 bits, which is what one customer gets. */
export function networkOf(ip: string | undefined): string {
  const address = addressOf(ip);
  if (address === null) return 'unknown';
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  return isIP(address) === 4 ? address : `${firstGroups(address)}::/64`;
}

// A URL has its IPv6 host in the one canonical spelling: lower case, no leading zeros, the longest run of zeros as "::".
function firstGroups(address: string): string {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest].slice(0, 4).join(':');
}
