import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where package.json stands: above `src/` in a clone, above `dist/` in the image. */
export function projectRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    if (directory === dirname(directory)) throw new Error('there is no package.json above this file');
    directory = dirname(directory);
  }
  return directory;
}
