import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { projectRoot } from '../../src/embedded/project-root.ts';
import { HISTORIES } from './recorded-histories.ts';

/** A full run is a megabyte of text, and forty kilobytes of it gzipped. */
const MOST_PLAIN_BYTES = 100_000;

/** Writes a history under its name, an event a line; gives the file's name and size. */
export async function saveHistory(name: string, history: History): Promise<{ file: string; bytes: number }> {
  const { events } = JSON.parse(historyToJSON(history), withoutMachine) as { events: object[] };
  const text = `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
  const isLarge = text.length > MOST_PLAIN_BYTES;
  const file = `${name}.json${isLarge ? '.gz' : ''}`;
  const content = isLarge ? gzipSync(text, { level: 9 }) : Buffer.from(text);
  await writeFile(join(HISTORIES, file), content);
  return { file, bytes: content.length };
}

/** Which machine recorded it says nothing: workers and their own queues are named after their host, traces after folders. */
function withoutMachine(this: unknown, key: string, value: unknown): unknown {
  if (key === 'identity') return 'recorder';
  if (key === 'stackTrace') return String(value).replaceAll(`${projectRoot()}/`, '');
  const isSticky = key === 'name' && (this as { kind?: string }).kind === 'TASK_QUEUE_KIND_STICKY';
  return isSticky ? 'sticky' : value;
}
