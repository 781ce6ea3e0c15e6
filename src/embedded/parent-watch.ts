/**
 * Calls back once when the npm that runs us is gone. npm hands on SIGTERM and SIGINT, but a `kill -9` of it leaves us
 * behind without a word. Only under npm: a plain `node src/start.ts &` may well outlive the shell that began it.
 */
export function whenNpmIsGone(env: NodeJS.ProcessEnv, callback: () => void): void {
  if (!env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, 500);
  timer.unref();
}
