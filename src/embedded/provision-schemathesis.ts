import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './file-lock.ts';
import { type Attempt, firstThatWorks, onPath, type Provisioning, runQuietly, withElapsed } from './provision.ts';

export const SCHEMATHESIS_VERSION = '4.32.5';
const REMEDY = 'Install Python 3.10 or newer with its venv: on Debian `apt-get install python3-venv`.';

/** The path of Schemathesis, which sends what the OpenAPI document allows and judges the answers by it. */
export async function provisionSchemathesis(given: Provisioning): Promise<string> {
  const directory = join(given.cache, `schemathesis-${SCHEMATHESIS_VERSION}`);
  // pip may be stopped half-way, and a virtual environment cannot be moved to its place afterwards.
  const complete = join(directory, '.complete');
  const path = join(directory, 'bin', 'schemathesis');
  const isComplete = () =>
    access(complete).then(
      () => true,
      () => false,
    );
  if (await isComplete()) return path;
  const wait = (pid: number) => given.report(`Schemathesis: waiting for process ${pid}, which is getting it`);
  return withLock(`${directory}.lock`, wait, async () => {
    if (await isComplete()) return path;
    const found = await firstThatWorks('Schemathesis', REMEDY, [() => fromPip(given, directory)]);
    await writeFile(complete, '');
    return found;
  });
}

/** 94 MB, 11 s. */
async function fromPip(given: Provisioning, directory: string): Promise<Attempt> {
  const python = await onPath(given.env, 'python3');
  if (!python) return { reason: 'pip: no `python3` on PATH' };
  given.report(`Schemathesis: pip install schemathesis==${SCHEMATHESIS_VERSION} (about 15 s, once)`);
  const steps = [
    { program: python, args: ['-m', 'venv', '--clear', directory] },
    { program: join(directory, 'bin', 'pip'), args: ['install', '-q', `schemathesis==${SCHEMATHESIS_VERSION}`] },
  ];
  for (const step of steps) {
    const run = runQuietly({ ...step, env: given.env, patienceMs: 5 * 60_000 });
    const failure = await withElapsed(given.report, 'Schemathesis: pip', run);
    if (failure !== undefined) return { reason: `${step.args.slice(0, 2).join(' ')}: ${failure}` };
  }
  return { path: join(directory, 'bin', 'schemathesis') };
}
