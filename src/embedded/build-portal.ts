import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { withLock } from './file-lock.ts';
import { runQuietly } from './provision.ts';

export interface PortalBuild {
  /** Where package.json stands. */
  root: string;
  env: NodeJS.ProcessEnv;
  report(line: string): void;
}

/** Builds the portal's pages into `dist/portal` unless those of today's sources are there: 2-4 s, once a change. */
export async function buildPortal({ root, env, report }: PortalBuild): Promise<void> {
  const sources = join(root, 'src', 'portal');
  const hash = await hashOf(sources);
  // The image brings the built pages alone.
  if (hash === undefined) return;
  const stamp = join(root, 'dist', 'portal', '.sources');
  const isFresh = async () => (await readFile(stamp, 'utf8').catch(() => '')) === hash;
  if (await isFresh()) return;
  await withLock(
    join(root, 'dist', 'portal.lock'),
    () => report('waiting for another process to build the portal'),
    () => isFresh().then((fresh) => (fresh ? undefined : build())),
  );

  async function build(): Promise<void> {
    report('building the portal');
    const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
    const command = { program: process.execPath, args: [vite, 'build', 'src/portal'], cwd: root };
    const failure = await runQuietly({ ...command, env: { ...env, NODE_ENV: 'production' }, patienceMs: 120_000 });
    if (failure !== undefined) throw new Error(`the portal could not be built: ${failure}`);
    await writeFile(stamp, hash as string);
  }
}

async function hashOf(folder: string): Promise<string | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length === 0) return undefined;
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(file.slice(folder.length)).update(await readFile(file));
  return hash.digest('hex');
}
