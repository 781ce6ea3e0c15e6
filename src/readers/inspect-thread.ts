import { parentPort } from 'node:worker_threads';
import { FailureError } from '../domain/failures.ts';
import { type InspectRequest, inspect } from './inspect.ts';

/** The worker thread of `src/files.ts`: inspects the files it is given, one after the other, and answers a `Result`. */
async function answer(request: InspectRequest): Promise<void> {
  try {
    parentPort?.postMessage({ ok: true, value: await inspect(request) });
  } catch (error) {
    // Anything unexpected ends the thread, and so reaches the other side as its error.
    if (!(error instanceof FailureError)) throw error;
    parentPort?.postMessage({ ok: false, failure: error.failure });
  }
}

parentPort?.on('message', (request: InspectRequest) => void answer(request));
