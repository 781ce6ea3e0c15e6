import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to the database that can be cut: what a restart or a broken network looks like from this side. */
export async function openDatabaseLine() {
  const sockets = new Set<Socket>();
  let target = { host: '', port: 0 };
  const server = createServer((near) => {
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    /** The same database, reached over this line. */
    to: async (url: string): Promise<string> => {
      const rerouted = new URL(url);
      target = { host: rerouted.hostname, port: Number(rerouted.port || 5432) };
      Object.assign(rerouted, { hostname: '127.0.0.1', port: String(port) });
      return rerouted.href;
    },
    cut: async (): Promise<void> => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async (): Promise<void> => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
