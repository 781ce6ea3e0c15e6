import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './file-lock.ts';
import {
  type Attempt,
  firstThatWorks,
  isExecutable,
  onPath,
  type Provisioning,
  runQuietly,
  withElapsed,
} from './provision.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
const REMEDY = 'Install Chromium or Chrome (on Debian `apt-get install chromium`), or name one in CHROME_PATH.';

/** The path of a Chromium or Chrome. */
export function provisionChromium(given: Provisioning): Promise<string> {
  return firstThatWorks('A browser', REMEDY, [() => fromVariable(given), () => installed(given), () => fromApt(given)]);
}

async function fromVariable({ env }: Provisioning): Promise<Attempt> {
  if (!env.CHROME_PATH) return { reason: 'CHROME_PATH is not set' };
  if (await isExecutable(env.CHROME_PATH)) return { path: env.CHROME_PATH };
  throw new Error(`CHROME_PATH names ${env.CHROME_PATH}, which is not an executable file`);
}

async function installed({ env }: Provisioning): Promise<Attempt> {
  const path = (await onPath(env, ...NAMES)) ?? ((await isExecutable(MAC)) ? MAC : undefined);
  return path ? { path } : { reason: `none of ${NAMES.join(', ')} on PATH` };
}

async function fromApt(given: Provisioning): Promise<Attempt> {
  const apt = await onPath(given.env, 'apt-get');
  if (!apt) return { reason: 'Debian package: no `apt-get` here' };
  if (process.getuid?.() !== 0) return { reason: 'Debian package: only root may install it' };
  const wait = (pid: number) => given.report(`browser: waiting for process ${pid}, which is installing it`);
  return withLock(join(given.cache, 'chromium.lock'), wait, async () => {
    const found = await installed(given);
    return 'path' in found ? found : installPackage(given, apt);
  });
}

async function installPackage(given: Provisioning, apt: string): Promise<Attempt> {
  given.report("browser: installing Debian's chromium (about a minute, once)");
  const env = { ...given.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'install', 'chromium'];
  const steps = (await hasPackageLists()) ? [install, ['update', '-q'], install] : [['update', '-q'], install];
  let failure: string | undefined;
  for (const args of steps) {
    const run = runQuietly({ program: apt, args, env, patienceMs: 10 * 60_000 });
    failure = await withElapsed(
      given.report,
      `browser: apt-get ${args.includes('update') ? 'update' : 'install'}`,
      run,
    );
    const found = await installed(given);
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
