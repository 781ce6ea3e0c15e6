import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = /^booking-import-uploads-(\d+)$/;

/** This process's own directory for uploads in flight. Those that killed processes left behind are removed. */
export async function createSpoolDir(parent: string = tmpdir()): Promise<string> {
  for (const name of await readdir(parent)) {
    const owner = NAME.exec(name)?.[1];
    // What belongs to another user can't be removed, and isn't ours to remove.
    if (owner && !isAlive(Number(owner)))
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
  const directory = join(parent, `booking-import-uploads-${process.pid}`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  return directory;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
