import { spawn } from 'node:child_process';
import { freePort } from '../../src/embedded/free-port.ts';

/** For the peer's queue. */
export async function startRedis(directory: string): Promise<{ url: string; stop(): void }> {
  const port = await freePort();
  const args = ['--port', String(port), '--dir', directory, '--save', '', '--bind', '127.0.0.1'];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  await new Promise<void>((resolve, reject) => {
    server.once('spawn', resolve);
    server.once('error', () =>
      reject(new Error('the peer needs redis-server on the PATH (Debian: apt-get install redis-server)')),
    );
  });
  return { url: `redis://127.0.0.1:${port}`, stop: () => void server.kill() };
}
