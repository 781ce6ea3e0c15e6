import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { identify } from './process-identity.ts';

export type LockResult = { release(): Promise<void> } | { heldBy: number };

/**
 * A lock between processes: a file that names its holder. A holder that was killed can't give it back, so the name is
 * checked: a lock whose process is gone, or whose pid belongs to another process by now, is free.
 */
export async function tryLock(path: string): Promise<LockResult> {
  await mkdir(dirname(path), { recursive: true });
  const mine = (await identify(process.pid)) as string;
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, mine);
  try {
    for (;;) {
      if (await linked(draft, path)) return { release: () => release(path, mine) };
      const holder = await readFile(path, 'utf8').catch(() => undefined);
      if (holder === undefined) continue;
      const pid = Number(holder.split(' ')[0]);
      if ((await identify(pid)) === holder) return { heldBy: pid };
      await removeStale(path, holder, draft);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Waits as long as another process holds the lock; `onWait` hears of it once. */
export async function withLock<T>(path: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  for (let waiting = false; ; waiting = true) {
    const lock = await tryLock(path);
    if ('release' in lock) return work().finally(() => lock.release());
    if (!waiting) onWait(lock.heldBy);
    await new Promise((done) => setTimeout(done, 250));
  }
}

/** A link appears whole or not at all, and never replaces: no reader sees a lock that names nobody. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Many may find the same stale lock, and who comes late must not take away the one that was made since. So whoever
 * removes it holds a second lock meanwhile, and looks again: while a stale lock is there, nobody can make a new one.
 */
async function removeStale(path: string, stale: string, draft: string): Promise<void> {
  const right = `${path}.removal`;
  if (!(await linked(draft, right))) {
    const holder = await readFile(right, 'utf8').catch(() => undefined);
    // Killed in these two lines: the next one to come clears up after it.
    if (holder !== undefined && (await identify(Number(holder.split(' ')[0]))) !== holder)
      await rm(right, { force: true });
    return;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === stale) await rm(path, { force: true });
  } finally {
    await rm(right, { force: true });
  }
}

async function release(path: string, mine: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
}
