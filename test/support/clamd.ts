import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/embedded/free-port.ts';
import { provisioning } from '../../src/embedded/provision.ts';
import { provisionClamd } from '../../src/embedded/provision-clamd.ts';
import { deathSignalPrefix } from '../../src/embedded/server-account.ts';
import { spawnServer, waitUntilReady } from '../../src/embedded/server-process.ts';

/** The EICAR test file, which every scanner calls a virus; in halves, so that none takes this file for one. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
/** What our own database calls it: clamd adds the suffix to what isn't from its makers. */
export const SIGNATURE = 'Test.EICAR.UNOFFICIAL';
export const STREAM_LIMIT_BYTES = 1 << 20;

export interface TestClamd {
  tcpUrl: string;
  unixUrl: string;
  stop(): Promise<void>;
}

/** A real clamd with one signature of our own, anywhere in a file of any kind: it needs no download. */
export async function startClamd(): Promise<TestClamd> {
  const program = await provisionClamd(provisioning(process.env));
  const directory = await mkdtemp(join(tmpdir(), 'clamd-'));
  const [port, socket] = [await freePort(), join(directory, 'clamd.sock')];
  const hex = Buffer.from(EICAR).toString('hex');
  await writeFile(join(directory, 'own.ndb'), `Test.EICAR:0:*:${hex}\n`);
  const config = join(directory, 'clamd.conf');
  const listens = [`LocalSocket ${socket}`, `TCPSocket ${port}`, 'TCPAddr 127.0.0.1'];
  const settings = ['Foreground yes', `DatabaseDirectory ${directory}`, `StreamMaxLength ${STREAM_LIMIT_BYTES}`];
  await writeFile(config, `${[...settings, ...listens].join('\n')}\n`);
  const command = [...(await deathSignalPrefix('SIGTERM')), program, '--config-file', config];
  const server = await spawnServer({ command, logFile: join(directory, 'clamd.log') });
  const stop = async () => {
    await server.stop('SIGTERM', 5_000);
    await rm(directory, { recursive: true, force: true });
  };
  if (await waitUntilReady(server, () => answers(port), 60_000))
    return { tcpUrl: `tcp://127.0.0.1:${port}`, unixUrl: `unix:${socket}`, stop };
  await stop();
  throw new Error(`clamd does not start: ${command.join(' ')}`);
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('zPING\0'));
    const end = (alive: boolean) => {
      socket.destroy();
      done(alive);
    };
    socket.once('data', (reply) => end(String(reply) === 'PONG\0')).once('error', () => end(false));
  });
