import { once } from 'node:events';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { fail, type Result } from './domain/failures.ts';
import { createTurns } from './domain/turns.ts';
import type { FileInspection, InspectRequest } from './readers/inspect.ts';
import type { ThreadAnswer } from './readers/inspect-thread.ts';

export type { FileInspection, InspectRequest } from './readers/inspect.ts';

export interface InspectLimits {
  /** Heap of a thread; what the largest permitted file needs is about half of it. */
  heapMegabytes: number;
  /** For one file, from the moment a thread begins with it. */
  milliseconds: number;
  /** At once; further requests wait. */
  threads: number;
}

export type InspectFile = (request: InspectRequest) => Promise<Result<FileInspection>>;

/**
 * A thread that has grown beyond this is ended: what one file left behind stood in the process beside what the next one
 * took, and three that are read one after the other took it to 519 MB.
 */
const KEPT_HEAP_BYTES = 64 * 1024 * 1024;

const TOO_COMPLEX = 'The file takes too much time or memory to be read. Save only its data in a new file.';

/**
 * Looks into files in threads of their own: a big or hostile one neither delays the requests that this process serves
 * nor takes its memory. A thread that runs out of memory or time makes its file FILE_TOO_COMPLEX and is replaced; one
 * that did well and hasn't grown is kept for the next file (starting one takes 50 ms compiled, 300 ms under tsx) and lets
 * the process end.
 */
export function createInspector(limits: InspectLimits): InspectFile {
  const idle = new Set<Worker>();
  const inTurn = createTurns(limits.threads);
  return (request) =>
    inTurn(async () => {
      const [worker = startThread(limits, idle)] = idle;
      idle.delete(worker);
      const answer = await ask(worker, request, limits.milliseconds);
      if (!answer) return fail('FILE_TOO_COMPLEX', TOO_COMPLEX);
      if (answer.heapBytes > KEPT_HEAP_BYTES) await worker.terminate();
      else idle.add(worker);
      return answer.result;
    });
}

/**
 * The inspector of this process. One file at a time: the worst ones take 250 MB each, and two at once took the process to
 * 645. An honest file is looked into within 3 s at most, mostly within 0.1.
 */
export const inspectFile: InspectFile = createInspector({ heapMegabytes: 160, milliseconds: 60_000, threads: 1 });

/** The thread's answer, or null when it ran out of time or memory; the thread is gone then, as after an error. */
async function ask(worker: Worker, request: InspectRequest, milliseconds: number): Promise<ThreadAnswer | null> {
  const timeout = AbortSignal.timeout(milliseconds);
  worker.ref();
  worker.postMessage(request);
  try {
    // `once` rejects with the thread's error, too.
    const [answer] = await once(worker, 'message', { signal: timeout });
    worker.unref();
    return answer as ThreadAnswer;
  } catch (error) {
    // Not before the thread is gone: it holds the file open, which the caller may delete next.
    await worker.terminate();
    if (timeout.aborted || (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') return null;
    throw error;
  }
}

function startThread(limits: InspectLimits, idle: Set<Worker>): Worker {
  const worker = new Worker(threadCode(), {
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes, maxYoungGenerationSizeMb: 32 },
  });
  // `once` above listens for errors alone, and a thread that just ends must not keep its request waiting. When nobody
  // listens any more, because it is being ended, neither matters.
  worker.once('exit', (code) => {
    idle.delete(worker);
    worker.emit('error', new Error(`the inspecting thread ended with ${code}`));
  });
  worker.on('error', () => {});
  return worker;
}

/**
 * The thread's code: compiled it stands beside this file as .js. Under tsx the loader of this process isn't in force
 * in its threads (Node 20), so a thread first registers one of its own.
 */
function threadCode(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./readers/inspect-thread.js', import.meta.url);
  // tsx's loader for `require` stands beside the one for `import`, which is the one that a thread can use. Asking for
  // that one by import.meta.resolve fails under mocha, whose tests run as CommonJS there.
  const required = createRequire(import.meta.url).resolve('tsx/esm/api');
  const loader = JSON.stringify(pathToFileURL(required.replace(/\.cjs$/, '.mjs')).href);
  const thread = JSON.stringify(new URL('./readers/inspect-thread.ts', import.meta.url).href);
  const code = `import { register } from ${loader}; register(); await import(${thread});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
