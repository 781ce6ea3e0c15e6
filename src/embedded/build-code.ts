import { type BuildSite, buildOnce } from './build-once.ts';

/**
 * Compiles our own processes into `dist` unless today's sources are there: 3 s, once a change. A worker that compiles
 * as it goes starts 2 s of CPU later and needs 60 MB more.
 */
export function buildCode(site: BuildSite): Promise<void> {
  return buildOnce(site, {
    name: 'the code',
    sources: ['src', 'workflows', 'activities', 'db', 'fixtures/expected.ts', 'tsconfig.json', 'package-lock.json'],
    leaveOut: 'src/portal',
    stamp: 'dist/src/.sources',
    command: ['--import', 'tsx', 'src/cli/compile.ts'],
  });
}
