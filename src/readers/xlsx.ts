import { cellText, type SourceRecord } from '../domain/record.ts';
import { boundRecord } from './bound-record.ts';
import type { OpenedFile, ReadOptions } from './open-file.ts';
import { refusal } from './refuse.ts';
import type { SheetRow } from './sheet-rows.ts';
import { type Sheet, ZippedWorkbook } from './workbook.ts';
import { Zip } from './zip.ts';

const BATCH_RECORDS = 500;
/** A batch ends early when it holds more text or cells than this, so that it stays small however wide its rows are. */
const BATCH_WEIGHT = 1 << 20;

/** Opens a workbook; see `openFile`. */
export async function openXlsx(path: string, options: ReadOptions): Promise<OpenedFile> {
  const zip = await Zip.open(path);
  try {
    const sheets: Sheet[] = [];
    for await (const sheet of new ZippedWorkbook(zip)) sheets.push(sheet as unknown as Sheet);
    const sheet = chooseSheet(sheets, options.sheet ?? null);
    const batches = readBatches(sheet.rows(), () => zip.close());
    const first = (await batches.next()).value?.[0];
    if (!first) throw refusal('EMPTY_FILE', `The sheet "${sheet.name}" is empty: it has no header row.`);
    const ahead = (await batches.next()).value ?? [];
    return {
      facts: {
        type: 'xlsx',
        encoding: null,
        delimiter: null,
        sheet: sheet.name,
        sheets: sheets.map(({ name }) => name),
      },
      header: await fullHeader([first, ...ahead], sheet),
      records: startingWith(ahead, batches),
      close: async () => {
        await batches.return();
        zip.close();
      },
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function chooseSheet(sheets: Sheet[], name: string | null): Sheet {
  const chosen = name === null ? (sheets.find(({ hidden }) => !hidden) ?? sheets[0]) : byName(sheets, name);
  if (chosen) return chosen;
  const allowed = sheets.map((sheet) => sheet.name);
  const message =
    name === null
      ? 'The workbook has no sheet with cells.'
      : `The workbook has no sheet "${name}". It has: ${allowed.join(', ')}.`;
  throw refusal('SHEET_NOT_FOUND', message, { detail: { allowed } });
}

/** Excel holds sheet names to be equal whatever their case. */
const byName = (sheets: Sheet[], name: string) =>
  sheets.find((sheet) => sheet.name === name) ??
  sheets.find((sheet) => sheet.name.toLowerCase() === name.trim().toLowerCase());

/**
 * The header, as wide as the widest column that holds anything: a column without a heading is still a column. A sheet
 * that says that it is wider than its first rows is read once more for that (mostly the rest is blank but coloured);
 * one that doesn't say how wide it is is judged by those rows, since reading it twice takes 3 s for 100,000 rows.
 */
async function fullHeader(firstRecords: SourceRecord[], sheet: Sheet): Promise<string[]> {
  const header = (firstRecords[0] as SourceRecord).cells.map(cellText);
  let width = Math.max(...firstRecords.map(({ cells }) => cells.length));
  if ((sheet.declaredWidth ?? 0) > width) {
    for await (const rows of sheet.rows()) for (const row of rows) width = Math.max(width, row.cells.length);
  }
  while (header.length < width) header.push('');
  return header;
}

async function* startingWith(ahead: SourceRecord[], rest: AsyncIterable<SourceRecord[]>) {
  if (ahead.length > 0) yield ahead;
  yield* rest;
}

/** Numbered records; the header comes as a batch of its own with row 0. */
async function* readBatches(chunks: AsyncIterable<SheetRow[]>, done: () => void) {
  let batch: SourceRecord[] = [];
  let weight = 0;
  let row = 0;
  try {
    for await (const rows of chunks) {
      for (const { line, cells, damaged, characters } of rows) {
        if (row > 0) boundRecord(row, cells);
        batch.push(damaged ? { row, line, cells, damaged } : { row, line, cells });
        weight += characters + cells.length;
        if (row++ > 0 && batch.length < BATCH_RECORDS && weight < BATCH_WEIGHT) continue;
        yield batch;
        batch = [];
        weight = 0;
      }
    }
    if (batch.length > 0) yield batch;
  } finally {
    done();
  }
}
