import type { Logger } from 'pino';
import type { Access } from '../domain/access.ts';

export interface AccessRecorder {
  /** Costs the request nothing: it is written a moment later, together with others. */
  record(access: Access): void;
  /** Writes what waits, for at most so long. For a process that stops. */
  flush(limitMs: number): Promise<void>;
}

export interface AccessSink {
  write(accesses: Access[]): Promise<void>;
  /** What can't be kept isn't hidden. */
  dropped(count: number): void;
  log: Logger;
}

const BATCH = 200;
const EVERY_MS = 250;
/** The database is away, most likely. */
const AGAIN_MS = 2_000;
/** Some 5 MB: half a minute of 300 requests a second with the database away. */
const MOST_WAITING = 10_000;
/** SQLSTATE classes of what will be refused as often as it is sent. */
const NEVER = /^(22|23)/;

/** Gathers accesses and writes them in batches, one at a time. When too many wait, the newer ones are dropped. */
export function createAccessRecorder(sink: AccessSink): AccessRecorder {
  const waiting: Access[] = [];
  let asleep = true;
  let writing: Promise<boolean> | undefined;

  function record(access: Access): void {
    if (waiting.length < MOST_WAITING) waiting.push(access);
    else sink.dropped(1);
    if (asleep) wake(EVERY_MS);
  }

  function wake(inMs: number): void {
    asleep = false;
    setTimeout(turn, inMs).unref();
  }

  async function turn(): Promise<void> {
    const written = await writeAll();
    asleep = true;
    if (waiting.length > 0) wake(written ? EVERY_MS : AGAIN_MS);
  }

  /** Whoever comes while it is being written waits for that and sees to the rest. */
  async function writeAll(): Promise<boolean> {
    while (writing) await writing;
    writing = writeBatches(waiting, sink).finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function flush(limitMs: number): Promise<void> {
    const enough = new Promise((done) => setTimeout(done, limitMs).unref());
    await Promise.race([writeAll(), enough]);
    if (waiting.length > 0)
      sink.log.error({ accesses: waiting.length }, 'accesses are lost: they could not be written');
  }

  return { record, flush };
}

/** False when the database would not take them now; they stay where they are. */
async function writeBatches(waiting: Access[], { write, dropped, log }: AccessSink): Promise<boolean> {
  while (waiting.length > 0) {
    const batch = waiting.slice(0, BATCH);
    try {
      await write(batch);
    } catch (error) {
      log.error({ err: error }, 'the access log cannot be written');
      if (!NEVER.test((error as { code?: string }).code ?? '')) return false;
      dropped(batch.length);
    }
    waiting.splice(0, batch.length);
  }
  return true;
}
