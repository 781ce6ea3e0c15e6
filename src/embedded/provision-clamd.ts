import { fromDebian } from './debian-package.ts';
import { type Attempt, firstThatWorks, isExecutable, onPath, type Provisioning } from './provision.ts';

/** Where packages put daemons, which need not be on a user's PATH. */
const PLACES = ['/usr/sbin/clamd', '/usr/local/sbin/clamd', '/opt/homebrew/sbin/clamd'];
const REMEDY =
  'Install ClamAV (on Debian `apt-get install clamav-daemon`, on a Mac `brew install clamav`), or name its clamd in CLAMD_PATH.';

/** The path of a clamd. Its signatures are another matter: whoever starts it says where they are. */
export const provisionClamd = (given: Provisioning): Promise<string> =>
  firstThatWorks('clamd', REMEDY, [() => fromVariable(given), () => installed(given), () => fromPackage(given)]);

async function fromVariable({ env }: Provisioning): Promise<Attempt> {
  if (!env.CLAMD_PATH) return { reason: 'CLAMD_PATH is not set' };
  if (await isExecutable(env.CLAMD_PATH)) return { path: env.CLAMD_PATH };
  throw new Error(`CLAMD_PATH names ${env.CLAMD_PATH}, which is not an executable file`);
}

async function installed({ env }: Provisioning): Promise<Attempt> {
  const named = await onPath(env, 'clamd');
  if (named) return { path: named };
  for (const path of PLACES) if (await isExecutable(path)) return { path };
  return { reason: `no clamd on PATH, nor at ${PLACES.join(', ')}` };
}

const fromPackage = (given: Provisioning): Promise<Attempt> =>
  fromDebian(given, { name: 'clamav-daemon', what: 'clamd', installed: () => installed(given) });
