import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type History, historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { projectRoot } from '../../src/embedded/project-root.ts';

export interface RecordedHistory {
  /** What it shows: its file's name without the ending. */
  name: string;
  workflowId: string;
  history: History;
}

export const HISTORIES = join(projectRoot(), 'fixtures', 'histories');

/** Every history of `fixtures/histories`: as the SDK and `temporal workflow show --output json` write them, or gzipped. */
export async function readRecorded(directory = HISTORIES): Promise<RecordedHistory[]> {
  const files = (await readdir(directory)).filter((file) => /\.json(\.gz)?$/.test(file)).sort();
  return Promise.all(files.map((file) => readOne(join(directory, file), file.replace(/\.json(\.gz)?$/, ''))));
}

async function readOne(path: string, name: string): Promise<RecordedHistory> {
  const bytes = await readFile(path);
  const history = historyFromJSON(JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()));
  const workflowId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  return { name, workflowId: workflowId ?? name, history };
}
