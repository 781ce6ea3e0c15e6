import { Worker } from 'node:worker_threads';
import { fail, type Result } from './domain/failures.ts';
import type { FileInspection, InspectRequest } from './readers/inspect.ts';

export type { FileInspection, InspectRequest } from './readers/inspect.ts';

export interface InspectLimits {
  /** Heap of the thread; what a file of the largest size needs is about a third of it. */
  heapMegabytes: number;
  milliseconds: number;
}

const LIMITS: InspectLimits = { heapMegabytes: 256, milliseconds: 60_000 };

const TOO_COMPLEX = 'The file takes too much time or memory to be read. Save only its data in a new file.';

/**
 * Looks into a file, in a thread of its own: a big or hostile file neither delays the requests that this process
 * serves nor takes its memory. A thread that runs out of memory or time makes the file FILE_TOO_COMPLEX.
 */
export function inspectFile(request: InspectRequest, limits: InspectLimits = LIMITS): Promise<Result<FileInspection>> {
  const worker = new Worker(THREAD, {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes, maxYoungGenerationSizeMb: 32 },
  });
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      worker.removeAllListeners();
      // Not before the thread is gone: it holds the file open, which the caller may delete next.
      worker.terminate().then(outcome, reject);
    };
    const tooComplex = () => settle(() => resolve(fail('FILE_TOO_COMPLEX', TOO_COMPLEX)));
    const timer = setTimeout(tooComplex, limits.milliseconds);
    worker.once('message', (result: Result<FileInspection>) => settle(() => resolve(result)));
    worker.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooComplex() : settle(() => reject(error)),
    );
    worker.once('exit', (code) => settle(() => reject(new Error(`the inspecting thread ended with ${code}`))));
  });
}

// The thread's file has this file's ending: .ts under tsx, .js when compiled.
const THREAD = new URL(`./readers/inspect-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
