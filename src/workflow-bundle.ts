import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkerOptions } from '@temporalio/worker';
import { ENCODED_FAILURES } from './payload-codec.ts';

const here = import.meta.url;
// Compiled code has its bundle beside it, made by the build.
const compiled = here.endsWith('.js');
const workflowFile = (name: string): string =>
  fileURLToPath(new URL(`../workflows/${name}.${compiled ? 'js' : 'ts'}`, here));
const WORKFLOWS = workflowFile('index');
const SHORT_TRACES = workflowFile('short-traces');
const SOURCES = ['../workflows', './domain'].map((folder) => fileURLToPath(new URL(folder, here)));
const BUILT = fileURLToPath(new URL('..', here));

export interface BundleKind {
  /** Failures' texts become payloads, so that a codec encrypts them: the workflows convert theirs themselves. */
  encodesFailures: boolean;
}
const PLAIN: BundleKind = { encodesFailures: false };

/**
 * The workflows as one file, made once and shared: a worker that bundles by itself pays 3 s and 80 MB for it.
 * In development it is kept under `cacheDir` by the hash of its sources.
 */
export async function workflowBundle(
  cacheDir: string,
  kind = PLAIN,
): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  const path = compiled ? builtBundle(BUILT, kind) : builtBundle(cacheDir, kind, `-${await hashSources()}`);
  if (!(await exists(path))) await buildWorkflowBundle(path, kind);
  return { codePath: path };
}

/** Where a bundle lies in a folder. */
export const builtBundle = (folder: string, { encodesFailures }: BundleKind, mark = ''): string =>
  join(folder, `workflow-bundle${mark}${encodesFailures ? '-encoded' : ''}.js`);

/** Bundling also is the guard of the sandbox: it fails when a workflow reaches for Node. */
export async function buildWorkflowBundle(path: string, { encodesFailures } = PLAIN): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS,
    preloadModules: [SHORT_TRACES],
    failureConverterPath: encodesFailures ? ENCODED_FAILURES : undefined,
    logger: { log: () => {}, trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: console.error },
  });
  await mkdir(join(path, '..'), { recursive: true });
  // Two processes may bundle at once: each writes its own file, and the rename is atomic.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, code);
  await rename(draft, path);
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    for (const name of (await readdir(folder, { recursive: true })).sort()) {
      if (name.endsWith('.ts')) hash.update(name).update(await readFile(join(folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
