import { commandLine, identify, parentOf } from './process-identity.ts';

/**
 * Calls back once when the npm that runs us is gone, or a shell or loader between the two. A SIGTERM to npm ends the
 * shell it runs scripts in, which tells nobody; a `kill -9` of npm tells nobody either. Only under npm: a plain
 * `node src/start.ts &` may well outlive the shell that began it.
 */
export async function whenNpmIsGone(env: NodeJS.ProcessEnv, callback: () => void): Promise<void> {
  if (!env.npm_lifecycle_event) return;
  const ancestors = await ancestorsUpToNpm();
  const timer = setInterval(async () => {
    const alive = await Promise.all(ancestors.map(async ({ pid, identity }) => (await identify(pid)) === identity));
    if (alive.every(Boolean)) return;
    clearInterval(timer);
    callback();
  }, 500);
  timer.unref();
}

// npm, its shell, tsx: further up stand terminals and init, which are nobody's business here.
const MOST_BETWEEN = 3;

async function ancestorsUpToNpm(): Promise<{ pid: number; identity: string }[]> {
  const found: { pid: number; identity: string }[] = [];
  for (let pid = process.ppid, depth = 0; pid > 1 && depth <= MOST_BETWEEN; pid = await parentOf(pid), depth++) {
    const identity = await identify(pid);
    if (identity === undefined) break;
    found.push({ pid, identity });
    if (/^(\S*node )?\S*npm(-cli\.js)? /.test(`${await commandLine(pid)} `)) return found;
  }
  // No npm among them: then only our own parent is known to belong to us.
  return found.slice(0, 1);
}
