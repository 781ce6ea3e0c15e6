import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface HealthWatch {
  /** The slowest answer since the last call, in ms; Infinity when one didn't come. */
  slowest(): Promise<number>;
  stop(): Promise<void>;
}

// In a thread of its own: what the test itself does meanwhile must not count.
const WATCH = `
  const { parentPort, workerData } = require('node:worker_threads');
  const http = require('node:http');
  const agent = new http.Agent({ keepAlive: true });
  let slowest = 0;
  const ask = () => {
    const sent = performance.now();
    const done = (ms) => { slowest = Math.max(slowest, ms); setTimeout(ask, 20); };
    http.get(workerData, { agent }, (answer) => answer.resume().once('end', () =>
      done(answer.statusCode === 200 ? performance.now() - sent : Infinity))).once('error', () => done(Infinity));
  };
  parentPort.on('message', () => { parentPort.postMessage(slowest); slowest = 0; });
  ask();`;

/** Asks an address every 20 ms how it is. */
export function watchHealth(url: string): HealthWatch {
  const watch = new Worker(WATCH, { eval: true, workerData: url });
  return {
    async slowest() {
      watch.postMessage('slowest?');
      const [ms] = await once(watch, 'message');
      return ms as number;
    },
    stop: async () => void (await watch.terminate()),
  };
}
