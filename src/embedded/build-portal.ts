import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type BuildSite, buildOnce } from './build-once.ts';

/** Builds the portal's pages into `dist/portal` unless those of today's sources are there: 2-4 s, once a change. */
export function buildPortal(site: BuildSite): Promise<void> {
  return buildOnce(site, {
    name: 'the portal',
    sources: ['src/portal'],
    stamp: 'dist/portal/.sources',
    command: [vitePath(), 'build', 'src/portal'],
  });
}

// Only asked for where there are sources to build; the image has neither them nor Vite.
function vitePath(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  } catch {
    return 'vite';
  }
}
