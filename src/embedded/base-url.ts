import { isIPv6 } from 'node:net';

/** Where an API that listens on `host` is visited: a wildcard address is one to listen on, not one to visit. */
export function baseUrl(host: string, port: number): string {
  const visited = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIPv6(visited) ? `[${visited}]` : visited}:${port}`;
}
