import { once } from 'node:events';
import type { Server } from 'node:http';

/** Takes no new connections, lets requests in flight finish, and cuts off what is still there after `patienceMs`. */
export async function stopServer(server: Server, patienceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearTimeout(timer);
}
