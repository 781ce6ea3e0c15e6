import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where provisioned programs are kept: outside the repository, so that a fresh clone finds those of the last one. */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'booking-import');
}
