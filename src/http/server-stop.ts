import { once } from 'node:events';
import type { Server } from 'node:http';

/** Takes no new connections, lets requests in flight finish, and cuts off what is still there after `patienceMs`. */
export async function stopServer(server: Server, patienceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection whose request has just been answered is kept alive for seconds, unless it is looked for.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}
