import type { Config } from '../config.ts';
import { whenNpmIsGone } from './parent-watch.ts';
import { createStack, StackStopped, type StackUrls } from './supervisor.ts';

export interface StackRun {
  config: Config;
  env: NodeJS.ProcessEnv;
  /** Once the stack is up. An exit code ends the run with it; nothing keeps the stack up until a signal. */
  onReady(urls: StackUrls): Promise<number | undefined>;
}

/** For a main: runs a stack until SIGINT, SIGTERM or SIGHUP, or until `onReady` says how it ends; then exits. */
export async function runStack({ config, env, onReady }: StackRun): Promise<void> {
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const stack = createStack({ config, env, report });
  const end = async (code: number) => {
    await stack.stop();
    process.exit(code);
  };
  // On a terminal Ctrl-C reaches npm and us at once and npm hands it on as well: the second one is not impatience.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      report(`${signal}: stopping`);
      end(0);
    });
  }
  try {
    await whenNpmIsGone(env, () => {
      report('the npm that ran this is gone: stopping');
      end(0);
    });
    const code = await onReady(await stack.start());
    if (code !== undefined) await end(code);
  } catch (error) {
    // The signal's own handler ends the process.
    if (error instanceof StackStopped) return;
    report(error instanceof Error ? error.message : String(error));
    await end(1);
  }
}
