import { fromDebian } from './debian-package.ts';
import { type Attempt, firstThatWorks, isExecutable, onPath, type Provisioning } from './provision.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
const REMEDY = 'Install Chromium or Chrome (on Debian `apt-get install chromium`), or name one in CHROME_PATH.';

/** The path of a Chromium or Chrome. */
export function provisionChromium(given: Provisioning): Promise<string> {
  return firstThatWorks('A browser', REMEDY, [
    () => fromVariable(given),
    () => installed(given),
    () => fromPackage(given),
  ]);
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

const fromPackage = (given: Provisioning): Promise<Attempt> =>
  fromDebian(given, { name: 'chromium', what: 'browser', installed: () => installed(given) });
