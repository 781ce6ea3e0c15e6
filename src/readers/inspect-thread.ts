import { getHeapStatistics } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import { FailureError, ok, type Result } from '../domain/failures.ts';
import { type FileInspection, type InspectRequest, inspect } from './inspect.ts';

export interface ThreadAnswer {
  result: Result<FileInspection>;
  /** What the thread's heap has grown to, in bytes: what it keeps of the memory until it ends. */
  heapBytes: number;
}

/** The worker thread of `src/files.ts`: inspects the files it is given, one after the other, and answers each. */
async function answer(request: InspectRequest): Promise<void> {
  const result = await inspectSafely(request);
  const said: ThreadAnswer = { result, heapBytes: getHeapStatistics().total_heap_size };
  parentPort?.postMessage(said);
}

async function inspectSafely(request: InspectRequest): Promise<Result<FileInspection>> {
  try {
    return ok(await inspect(request));
  } catch (error) {
    // Anything unexpected ends the thread, and so reaches the other side as its error.
    if (!(error instanceof FailureError)) throw error;
    return { ok: false, failure: error.failure };
  }
}

parentPort?.on('message', (request: InspectRequest) => void answer(request));
