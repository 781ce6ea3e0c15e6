import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { openRecording } from './open-recording.ts';
import { HISTORIES } from './recorded-histories.ts';
import { SCENARIOS } from './scenarios.ts';

// `npm run record-histories [-- NAME …]`: drives the workflows through all their paths on real servers, and writes what
// Temporal recorded. After a change that replay refuses and that no running workflow needs to survive.
const wanted = process.argv.slice(2);
const names = Object.keys(SCENARIOS).filter((name) => wanted.length === 0 || wanted.includes(name));
quietRuntime();
await mkdir(HISTORIES, { recursive: true });
const recording = await openRecording();
try {
  for (const name of names) {
    await SCENARIOS[name]?.(recording, name).catch((cause: unknown) => {
      throw new Error(`${name} could not be recorded`, { cause });
    });
  }
} finally {
  await recording.close();
}
// Only now: a recording that fails half-way leaves the old ones.
const stale = (await readdir(HISTORIES)).filter((file) => !recording.files.includes(file));
if (wanted.length === 0) for (const file of stale) await rm(join(HISTORIES, file));
process.exit(0);
