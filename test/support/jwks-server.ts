import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';

export interface JwksServer {
  url: string;
  /** What it publishes. */
  keys: JWK[];
  /** How often it was asked. */
  asked: number;
  /** Answers in its own way instead of with the keys. */
  answer: ((res: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

/** An issuer's key server on a real port. */
export async function startJwksServer(...keys: JWK[]): Promise<JwksServer> {
  const server = createServer((_req, res) => {
    jwks.asked += 1;
    if (jwks.answer) jwks.answer(res);
    else res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: jwks.keys }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const jwks: JwksServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    keys,
    asked: 0,
    answer: undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return jwks;
}
