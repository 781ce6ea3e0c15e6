import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provisioning } from '../../src/embedded/provision.ts';

export interface FakeMachine {
  directory: string;
  given: Provisioning;
  /** What was reported so far. */
  lines: string[];
  /** Puts an executable shell script on the machine's PATH. Each of its runs is recorded. */
  install(name: string, script: string): Promise<string>;
  /** How often a program was run. */
  runs(name: string): Promise<number>;
  remove(): Promise<void>;
}

/** A machine with an empty home, nothing on PATH, and a network on which every download fails. */
export async function createFakeMachine(): Promise<FakeMachine> {
  const directory = await mkdtemp(join(tmpdir(), 'booking-import-machine-'));
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const nowhere = 'http://127.0.0.1:9';
  const env = { HOME: directory, PATH: bin, GOROOT: directory, HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere };
  const lines: string[] = [];
  const given: Provisioning = { env, cache: join(directory, 'cache'), report: (line) => lines.push(line) };
  const record = (name: string) => join(directory, `${name}.runs`);
  return {
    directory,
    given,
    lines,
    async install(name, script) {
      const path = join(bin, name);
      await writeFile(path, `#!/bin/sh\necho run >> '${record(name)}'\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    },
    async runs(name) {
      return (await readFile(record(name), 'utf8').catch(() => '')).split('\n').length - 1;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

export const FAKE_GO = `echo '#!/bin/sh' > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"`;
