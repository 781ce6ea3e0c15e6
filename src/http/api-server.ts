import { createServer, type RequestListener, type Server } from 'node:http';

export interface ConnectionLimits {
  /** From the first byte of a request to the last of its headers. */
  headersMs: number;
  /** The same to the last of its body. Node's own limit: it comes after those that can say why. */
  requestMs: number;
  /** A connection on which nothing moves, either way, is closed. */
  silentMs: number;
}

// Silent: longer than a client may ask to wait for a check's end (60 s), and than four heartbeats of a stream.
export const CONNECTION_LIMITS: ConnectionLimits = { headersMs: 20_000, requestMs: 330_000, silentMs: 90_000 };

const MAX_HEADER_BYTES = 16_384;
/** Proxies keep an idle connection for a minute: closed before that, it could be closed under a request. */
const KEEP_ALIVE_MS = 65_000;
/** Of 30 s by default, by which every limit would come late. */
const LOOK_MS = 1_000;

/** A server that lets go of whoever sends or reads too slowly. */
export function createApiServer(app: RequestListener, limits: ConnectionLimits): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(LOOK_MS, limits.headersMs),
    },
    app,
  );
  // Counts as movement what the client takes of an answer, so that a slow reader isn't taken for one that is stuck.
  server.timeout = limits.silentMs;
  return server;
}
