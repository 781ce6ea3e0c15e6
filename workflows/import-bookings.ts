import type { ParsedFile } from '../activities/parse-file.ts';
import {
  finishImport,
  parseFile,
  recordFaults,
  validateChunks,
  writeAllOrNothing,
  writeChunks,
} from './import-activities.ts';
import { type ImportDesk, openImportDesk } from './import-desk.ts';
import { type ImportResult, toEnding } from './import-ending.ts';
import { openLanes } from './lanes.ts';
import type { ImportInput } from './messages.ts';
import { type ChunkWindow, tailWindows, windowsOf } from './windows.ts';

// On two cores a third writer still helps while another waits for its commit; a fourth no more.
const WRITERS = 3;

/**
 * One try at importing a stored file: parse it whole, then validate and write it window by window. It holds ids,
 * ranges and counts; the rows stay in Postgres. Its end is written to Postgres before it ends itself.
 */
export async function ImportBookingsWorkflow(input: ImportInput): Promise<ImportResult> {
  const desk = openImportDesk(input);
  try {
    const file = await desk.attempt('parsing', 'the file', () => parseFile(input));
    desk.staged(file);
    const failed = file.allOrNothing ? await importWhole(desk, file) : await importByWindow(desk, file);
    return desk.ended(await desk.attempt('writing', 'the totals', () => finishImport(input, failed)));
  } catch (error) {
    return desk.ended(await toEnding(input, error));
  }
}

/** Writing a window overlaps with validating the next; rows that repeat an external id come last, in order. */
async function importByWindow(desk: ImportDesk, file: ParsedFile): Promise<null> {
  const writers = openLanes(WRITERS);
  for (const window of windowsOf(file)) {
    await validateWindow(desk, file, window);
    await writers.add(() => writeWindow(desk, file, window));
  }
  await writers.drained();
  for (const window of tailWindows(file)) {
    await validateWindow(desk, file, window);
    await writeWindow(desk, file, window);
  }
  return null;
}

/** Gives why nothing was written, or null. */
async function importWhole(desk: ImportDesk, file: ParsedFile): Promise<'ROWS_FAILED' | null> {
  let failed = 0;
  for (const window of [...windowsOf(file), ...tailWindows(file)]) failed += await validateWindow(desk, file, window);
  const write = failed > 0 ? recordFaults : writeAllOrNothing;
  const counts = await desk.attempt('writing', 'all rows', () => write({ ...file.run, chunks: file.chunks }));
  desk.wrote(counts);
  return counts.failed > 0 ? 'ROWS_FAILED' : null;
}

async function validateWindow(desk: ImportDesk, { run }: ParsedFile, window: ChunkWindow): Promise<number> {
  const { failed } = await desk.attempt('validating', window.label, () =>
    validateChunks.executeWithOptions({ summary: window.label }, [{ ...run, first: window.first, last: window.last }]),
  );
  return failed;
}

async function writeWindow(desk: ImportDesk, { run }: ParsedFile, window: ChunkWindow): Promise<void> {
  const counts = await desk.attempt('writing', window.label, () =>
    writeChunks.executeWithOptions({ summary: window.label }, [{ ...run, first: window.first, last: window.last }]),
  );
  desk.wrote(counts);
}
