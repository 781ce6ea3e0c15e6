import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './file-lock.ts';
import { type Attempt, onPath, type Provisioning, runQuietly, withElapsed } from './provision.ts';

export interface DebianPackage {
  name: string;
  /** What it is to the person who waits. */
  what: string;
  /** Looks for the program that it brings. */
  installed: () => Promise<Attempt>;
}

/** Installs a package of Debian's, where we are root and there is `apt-get`; several that want it wait for the first. */
export async function fromDebian(given: Provisioning, wanted: DebianPackage): Promise<Attempt> {
  const apt = await onPath(given.env, 'apt-get');
  if (!apt) return { reason: 'Debian package: no `apt-get` here' };
  if (process.getuid?.() !== 0) return { reason: 'Debian package: only root may install it' };
  const wait = (pid: number) => given.report(`${wanted.what}: waiting for process ${pid}, which is installing it`);
  return withLock(join(given.cache, `${wanted.name}.lock`), wait, async () => {
    const found = await wanted.installed();
    return 'path' in found ? found : install(given, wanted, apt);
  });
}

async function install(given: Provisioning, wanted: DebianPackage, apt: string): Promise<Attempt> {
  given.report(`${wanted.what}: installing Debian's ${wanted.name} (about a minute, once)`);
  const env = { ...given.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'];
  const install = [...options, 'install', wanted.name];
  const steps = (await hasPackageLists()) ? [install, ['update', '-q'], install] : [['update', '-q'], install];
  let failure: string | undefined;
  for (const args of steps) {
    const run = runQuietly({ program: apt, args, env, patienceMs: 10 * 60_000 });
    const step = args.includes('update') ? 'update' : 'install';
    failure = await withElapsed(given.report, `${wanted.what}: apt-get ${step}`, run);
    const found = await wanted.installed();
    if ('path' in found) return found;
  }
  return { reason: `Debian package: ${failure ?? 'apt-get installed no program of that name'}` };
}

/** A fresh container image has no lists, and then an install without an update fails for sure. */
function hasPackageLists(): Promise<boolean> {
  return access('/var/lib/apt/lists/partial').then(
    () => true,
    () => false,
  );
}
