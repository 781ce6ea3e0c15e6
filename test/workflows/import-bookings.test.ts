import assert from 'node:assert/strict';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../../activities/index.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';
import type { ImportBookingsWorkflow } from '../../workflows/import-bookings.ts';
import {
  IMPORT_WORKFLOW,
  type ImportProgress,
  pauseSignal,
  progressQuery,
  resumeSignal,
} from '../../workflows/messages.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { createTimeSkipping } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

type ImportActivities = Pick<
  Activities,
  | 'parseFile'
  | 'validateChunks'
  | 'writeChunks'
  | 'writeAllOrNothing'
  | 'recordFaults'
  | 'finishImport'
  | 'failImport'
  | 'abandonImport'
  | 'pauseImport'
  | 'resumeImport'
>;
type Script = { [K in keyof ImportActivities]?: ImportActivities[K] };

const INPUT = { importId: 'I1', round: 1 };
const RUN = { ...INPUT, epoch: 1 };
const COUNTS = { created: 500, updated: 0, skipped: 0, failed: 0, warned: 0, refused: 0 };

/** Activities whose every answer is good; each test overrides what it is about. They note the order of the calls. */
function scripted(script: Script, calls: string[]): Record<string, (...args: never[]) => Promise<unknown>> {
  const good: ImportActivities = {
    parseFile: async () => ({ run: RUN, totalRows: 2000, chunks: 4, firstTail: 4, allOrNothing: false }),
    validateChunks: async ({ first, last }) => ({ valid: (last - first + 1) * 500, failed: 0 }),
    writeChunks: async () => COUNTS,
    writeAllOrNothing: async () => ({ ...COUNTS, created: 2000 }),
    recordFaults: async () => ({ ...COUNTS, created: 0, failed: 1 }),
    finishImport: async (_round, failure) => ({ outcome: failure ? 'FAILED' : 'COMPLETED', code: failure }),
    failImport: async () => {},
    abandonImport: async () => {},
    pauseImport: async () => {},
    resumeImport: async () => {},
  };
  return Object.fromEntries(
    Object.entries({ ...good, ...script }).map(([name, activity]) => [
      name,
      async (...args: never[]) => {
        calls.push(name);
        return (activity as (...given: never[]) => Promise<unknown>)(...args);
      },
    ]),
  );
}

/** An activity in the midst of its work, which a heartbeat tells of a cancellation. */
async function untilCancelled(): Promise<never> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 20);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(beat);
  }
}

describe('ImportBookingsWorkflow', function () {
  this.timeout(120_000);
  let env: TestWorkflowEnvironment;
  let bundle: WorkerOptions['workflowBundle'];
  let imports = 0;
  before(async () => {
    quietRuntime();
    [env, bundle] = await Promise.all([createTimeSkipping(), workflowBundle('.data/cache')]);
  });
  after(() => env.teardown());

  async function inWorker<T>(
    script: Script,
    work: (start: () => Promise<WorkflowHandle<typeof ImportBookingsWorkflow>>, calls: string[]) => Promise<T>,
  ): Promise<T> {
    imports += 1;
    const calls: string[] = [];
    const taskQueue = `imports-${imports}`;
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowBundle: bundle,
      activities: scripted(script, calls),
    });
    return worker.runUntil(work(() => start(taskQueue), calls));
  }
  const start = (taskQueue: string) =>
    env.client.workflow.start<typeof ImportBookingsWorkflow>(IMPORT_WORKFLOW, {
      taskQueue,
      workflowId: taskQueue,
      args: [INPUT],
    });

  it('parses, then validates and writes window by window, then finishes', async () => {
    await inWorker({}, async (start, calls) => {
      const handle = await start();
      assert.deepEqual(await handle.result(), { outcome: 'COMPLETED', code: null });
      assert.deepEqual([calls[0], calls.at(-1)], ['parseFile', 'finishImport']);
      assert.equal(calls.filter((name) => name === 'validateChunks').length, 4);
      assert.equal(calls.filter((name) => name === 'writeChunks').length, 4);
      const progress = await handle.query<ImportProgress>(progressQuery.name);
      assert.deepEqual(progress.rows, { created: 2000, updated: 0, skipped: 0, failed: 0, warned: 0 });
    });
  });

  it('never writes more than three windows at once, and repeats of an external id after all others, one by one', async () => {
    let writing = 0;
    let most = 0;
    const order: number[] = [];
    const script: Script = {
      parseFile: async () => ({ run: RUN, totalRows: 50_000, chunks: 100, firstTail: 60, allOrNothing: false }),
      writeChunks: async ({ first }) => {
        writing += 1;
        most = Math.max(most, writing);
        if (first >= 60) assert.equal(writing, 1);
        await new Promise(setImmediate);
        order.push(first);
        writing -= 1;
        return COUNTS;
      },
    };
    await inWorker(script, async (start) => {
      await (await start()).result();
      assert.ok(most <= 3, `${most} at once`);
      assert.deepEqual(order.slice(-2), [60, 80]);
    });
  });

  it('waits out a database that is away, says so, and goes on by itself', async () => {
    let tries = 0;
    const script: Script = {
      writeChunks: async () => {
        tries += 1;
        // More tries than one activity has: the workflow itself must wait and try again.
        if (tries <= 20) throw ApplicationFailure.retryable('the database is away', 'DATABASE_UNAVAILABLE');
        return COUNTS;
      },
    };
    await inWorker(script, async (start, calls) => {
      assert.equal((await (await start()).result()).outcome, 'COMPLETED');
      assert.ok(!calls.includes('pauseImport'));
    });
  });

  it('pauses when the database refuses whole chunks, tells Postgres why, and goes on when resumed', async () => {
    let broken = true;
    const reasons: string[] = [];
    const script: Script = {
      writeChunks: async () => {
        if (broken) throw ApplicationFailure.nonRetryable('all refused', 'DATABASE_REFUSES_ROWS');
        return COUNTS;
      },
      pauseImport: async (_round, { code }) => void reasons.push(code),
    };
    await inWorker(script, async (start, calls) => {
      const handle = await start();
      await waitFor(() => reasons.length > 0);
      const progress = await handle.query<ImportProgress>(progressQuery.name);
      assert.deepEqual([progress.phase, progress.reason?.code], ['paused', 'DATABASE_REFUSES_ROWS']);
      broken = false;
      await handle.signal(resumeSignal);
      assert.equal((await handle.result()).outcome, 'COMPLETED');
      assert.ok(calls.includes('resumeImport'));
    });
  });

  it('stops taking windows while an admin has it paused', async () => {
    let release = () => {};
    const parsed = new Promise<void>((resolve) => {
      release = resolve;
    });
    const script: Script = {
      parseFile: async () => {
        await parsed;
        return { run: RUN, totalRows: 2000, chunks: 4, firstTail: 4, allOrNothing: false };
      },
    };
    await inWorker(script, async (start, calls) => {
      const handle = await start();
      await waitFor(() => calls.includes('parseFile'));
      await handle.signal(pauseSignal);
      release();
      await waitFor(() => calls.includes('pauseImport'));
      assert.ok(!calls.includes('validateChunks'));
      await handle.signal(resumeSignal);
      assert.equal((await handle.result()).outcome, 'COMPLETED');
    });
  });

  it('pauses on a failure that nobody expected instead of failing the import', async () => {
    let broken = true;
    const script: Script = {
      validateChunks: async () => {
        if (broken) throw new TypeError('undefined is not a function');
        return { valid: 500, failed: 0 };
      },
    };
    await inWorker(script, async (start, calls) => {
      const handle = await start();
      await waitFor(() => calls.includes('pauseImport'));
      assert.equal((await handle.query<ImportProgress>(progressQuery.name)).reason?.code, 'INTERNAL');
      broken = false;
      await handle.signal(resumeSignal);
      assert.equal((await handle.result()).outcome, 'COMPLETED');
    });
  });

  it('fails the import with the code of a file that can not be read', async () => {
    const told: string[] = [];
    const script: Script = {
      parseFile: async () => {
        throw ApplicationFailure.nonRetryable('the quote of line 10 is never closed', 'UNCLOSED_QUOTE');
      },
      failImport: async (_round, { code }) => void told.push(code),
    };
    await inWorker(script, async (start) => {
      assert.deepEqual(await (await start()).result(), { outcome: 'FAILED', code: 'UNCLOSED_QUOTE' });
      assert.deepEqual(told, ['UNCLOSED_QUOTE']);
    });
  });

  it('ends without a word to Postgres when it is fenced off', async () => {
    const script: Script = {
      writeChunks: async () => {
        throw ApplicationFailure.nonRetryable('closed', 'FENCED');
      },
    };
    await inWorker(script, async (start, calls) => {
      assert.equal((await (await start()).result()).outcome, 'FENCED');
      assert.ok(!calls.includes('failImport') && !calls.includes('finishImport') && !calls.includes('pauseImport'));
    });
  });

  it('cancels in Postgres, too, when its workflow is cancelled in the Web UI', async () => {
    let abandoned = false;
    const script: Script = {
      validateChunks: untilCancelled,
      abandonImport: async () => {
        abandoned = true;
      },
    };
    await inWorker(script, async (start, calls) => {
      const handle = await start();
      await waitFor(() => calls.includes('validateChunks'));
      await handle.cancel();
      await assert.rejects(handle.result(), WorkflowFailedError);
      assert.ok(abandoned);
    });
  });

  it('writes nothing when all or nothing is wanted and a row is bad', async () => {
    const script: Script = {
      parseFile: async () => ({ run: RUN, totalRows: 1000, chunks: 2, firstTail: 2, allOrNothing: true }),
      validateChunks: async () => ({ valid: 499, failed: 1 }),
    };
    await inWorker(script, async (start, calls) => {
      assert.deepEqual(await (await start()).result(), { outcome: 'FAILED', code: 'ROWS_FAILED' });
      assert.ok(!calls.includes('writeChunks') && !calls.includes('writeAllOrNothing'));
    });
  });
});
