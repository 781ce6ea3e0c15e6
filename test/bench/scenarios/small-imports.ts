import { withStack } from '../../support/stack.ts';
import { median } from '../figures.ts';
import { timeSmallImports } from '../own-import.ts';
import type { Bench } from '../scenario.ts';

/** From an upload of ten rows until REST shows them. */
export async function smallImports({ say }: Bench): Promise<void> {
  const stack = await withStack();
  try {
    const seconds = await timeSmallImports(stack, 10);
    say({
      what: 'ten rows, upload to visible',
      runs: 10,
      seconds: { min: Math.min(...seconds), median: median(seconds), max: Math.max(...seconds) },
    });
  } finally {
    await stack.close();
  }
}
