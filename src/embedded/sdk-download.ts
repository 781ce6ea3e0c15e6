import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Attempt, type Provisioning, runQuietly } from './provision.ts';

export interface Download {
  kind: 'cli' | 'test-server';
  /** Where the program shall be in the end. */
  path: string;
}

// Where it can't work, it fails at once or hangs (seen: a proxy that swallows the request). What counts is progress,
// so that a slow line gets its time.
const PATIENCE_MS = 15_000;
const CREATE = { cli: 'createLocal', 'test-server': 'createTimeSkipping' };

/**
 * Lets Temporal's SDK fetch one of its two servers. The SDK only does so on the way to starting one, in native code
 * that can't be interrupted: hence a process of its own, which starts the server once (so we know that it runs).
 */
export async function sdkDownload(given: Provisioning, { kind, path }: Download): Promise<Attempt> {
  given.report(`${kind === 'cli' ? 'Temporal CLI' : 'time-skipping server'}: trying the SDK's download`);
  const directory = `${path}.download`;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  try {
    const command = { program: process.execPath, args: ['-e', script(kind, directory)], env: given.env };
    const progress = () => totalSize(directory);
    const failure = await runQuietly({ ...command, patienceMs: PATIENCE_MS, progress });
    if (failure !== undefined) return { reason: shorten(failure) };
    const [file] = await readdir(directory);
    if (!file) return { reason: 'the download left no file' };
    await mkdir(dirname(path), { recursive: true });
    await chmod(join(directory, file), 0o755);
    await rename(join(directory, file), path);
    return { path };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The SDK repeats its whole chain of causes with the URL twice; who was asked and the last cause say it all. */
function shorten(failure: string): string {
  const host = /https?:\/\/([^/?)\s]+)/.exec(failure)?.[1];
  const cause = failure.split(': ').at(-1) ?? failure;
  return host ? `${host}: ${cause}` : cause;
}

function script(kind: Download['kind'], downloadDir: string): string {
  const testing = pathToFileURL(createRequire(import.meta.url).resolve('@temporalio/testing')).href;
  const options = JSON.stringify({ server: { executable: { type: 'cached-download', downloadDir } } });
  return `import(${JSON.stringify(testing)})
    .then((m) => (m.default ?? m).TestWorkflowEnvironment.${CREATE[kind]}(${options}))
    .then((env) => env.teardown())
    .then(() => process.exit(0), (error) => { console.error(String(error.message)); process.exit(1); });`;
}

async function totalSize(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        (s) => s.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
