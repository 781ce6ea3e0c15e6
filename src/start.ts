import { loadConfigOrExit } from './config.ts';
import { runStack } from './embedded/run-stack.ts';

// `npm start`: the whole stack in one tree. The one line on stdout is for programs; people read stderr.
await runStack({
  config: loadConfigOrExit(),
  env: process.env,
  onReady: async (urls) => {
    process.stdout.write(`ready ${JSON.stringify(urls)}\n`);
    return undefined;
  },
});
