import { createServer } from 'node:net';

/**
 * A port on 127.0.0.1 that nobody listens on now: the first of `wanted` that is free, else one the system picks.
 * Somebody may take it before it is used, so whoever listens on it must be ready to ask again.
 */
export async function freePort(...wanted: (number | undefined)[]): Promise<number> {
  for (const port of wanted) {
    if (port !== undefined && (await isFree(port))) return port;
  }
  return listenOnce(0);
}

export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return listenOnce(port, host).then(
    () => true,
    () => false,
  );
}

function listenOnce(port: number, host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
