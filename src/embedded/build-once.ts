import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from './file-lock.ts';
import { runQuietly } from './provision.ts';

export interface BuildSite {
  /** Where package.json stands. */
  root: string;
  env: NodeJS.ProcessEnv;
  report(line: string): void;
}

export interface Build {
  /** For the progress line: `the portal`. */
  name: string;
  /** Folders and files from the root. */
  sources: string[];
  leaveOut?: string;
  /** Inside what is built, from the root: holds the hash of the sources that it was built from. */
  stamp: string;
  /** Arguments for node, from the root. */
  command: string[];
}

const PATIENCE_MS = 120_000;

/** Runs a build unless what it makes of today's sources is there; where there are no sources, as in the image, never. */
export async function buildOnce({ root, env, report }: BuildSite, build: Build): Promise<void> {
  const hash = await hashOf(root, build);
  if (hash === undefined) return;
  const stamp = join(root, build.stamp);
  const isFresh = async () => (await readFile(stamp, 'utf8').catch(() => '')) === hash;
  if (await isFresh()) return;
  await withLock(
    `${dirname(stamp)}.lock`,
    () => report(`waiting for another process to build ${build.name}`),
    async () => {
      if (await isFresh()) return;
      report(`building ${build.name}`);
      const command = { program: process.execPath, args: build.command, cwd: root };
      const failure = await runQuietly({
        ...command,
        env: { ...env, NODE_ENV: 'production' },
        patienceMs: PATIENCE_MS,
      });
      if (failure !== undefined) throw new Error(`${build.name} could not be built: ${failure}`);
      await writeFile(stamp, hash);
    },
  );
}

async function hashOf(root: string, { sources, leaveOut }: Build): Promise<string | undefined> {
  const files = (await Promise.all(sources.map((source) => filesOf(join(root, source))))).flat().sort();
  const kept = leaveOut ? files.filter((file) => !file.startsWith(join(root, leaveOut))) : files;
  if (kept.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const file of kept) hash.update(file.slice(root.length)).update(await readFile(file));
  return hash.digest('hex');
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return found ? [path] : [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
