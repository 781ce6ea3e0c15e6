import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The ports of the embedded servers. They are kept, so that bookmarks and `psql` settings survive a restart. */
export interface StackPorts {
  postgres?: number;
  temporal?: number;
  temporalUi?: number;
}

export async function readPorts(dataDir: string): Promise<StackPorts> {
  try {
    return JSON.parse(await readFile(join(dataDir, 'ports.json'), 'utf8')) as StackPorts;
  } catch {
    // Missing or cut short by a crash: any free ports will do.
    return {};
  }
}

export async function writePorts(dataDir: string, ports: StackPorts): Promise<void> {
  const path = join(dataDir, 'ports.json');
  await writeFile(`${path}.draft`, `${JSON.stringify(ports, null, 2)}\n`);
  await rename(`${path}.draft`, path);
}
