import { pipeline } from 'node:stream';
import { FailureError } from '../domain/failures.ts';
import type { SourceRecord } from '../domain/record.ts';
import { CsvRecords } from './csv-records.ts';
import { lineAt, readText, readTextStart, type TextSource } from './csv-text.ts';
import { mayBeDamaged } from './damage.ts';
import { chosenDelimiter, detectDelimiter, SAMPLE_CHARACTERS, separatorHint } from './delimiter.ts';
import { detectEncoding } from './encoding.ts';
import type { OpenedFile, ReadOptions } from './open-file.ts';
import { QuoteGuard, unclosedQuote } from './quote-guard.ts';
import { refusal, unreadable } from './refuse.ts';

/** Opens a text file whose first bytes are `head`; see `openFile`. */
export async function openCsv(path: string, head: Buffer, options: ReadOptions): Promise<OpenedFile> {
  const encoding = await detectEncoding(path, head, options.encoding);
  const whole: TextSource = { path, encoding, hintLength: 0 };
  const start = await readTextStart(whole, SAMPLE_CHARACTERS);
  const hint = separatorHint(start);
  const sample = start.slice(hint?.length ?? 0);
  if (sample.trim() === '') throw refusal('EMPTY_FILE', 'The file is empty: it has no header row.');
  const delimiter = options.delimiter
    ? chosenDelimiter(options.delimiter)
    : (hint?.delimiter ?? detectDelimiter(sample));
  const records = parseText({ ...whole, hintLength: hint?.length ?? 0 }, delimiter);
  const batches = readBatches(records);
  const header = (await batches.next()).value?.[0];
  if (!header) throw refusal('EMPTY_FILE', 'The file is empty: it has no header row.');
  return {
    facts: { type: 'csv', encoding: encoding.name, delimiter, sheet: null, sheets: [] },
    header: header.cells as string[],
    records: batches,
    close: async () => void records.destroy(),
  };
}

function parseText(source: TextSource, delimiter: string): CsvRecords {
  let damaged = false;
  const records = new CsvRecords({
    delimiter,
    linesBefore: source.hintLength > 0 ? 1 : 0,
    mayBeDamaged: () => damaged,
  });
  const guard = new QuoteGuard(delimiter);
  async function* guarded() {
    for await (const text of readText(source)) {
      const open = guard.check(text);
      if (open >= 0) throw unclosedQuote(await lineAt(source, open));
      damaged ||= mayBeDamaged(text);
      yield text;
    }
    if (guard.end() >= 0) throw unclosedQuote(await lineAt(source, guard.end()));
  }
  // The reader of the records gets a failure from its own loop; this callback only keeps it from being uncaught.
  pipeline(guarded, records, () => {});
  return records;
}

async function* readBatches(records: CsvRecords): AsyncGenerator<SourceRecord[], void, undefined> {
  try {
    for await (const batch of records) yield batch as SourceRecord[];
  } catch (error) {
    throw asFailure(error);
  }
}

function asFailure(error: unknown): unknown {
  if (error instanceof FailureError) return error;
  const code = (error as { code?: string }).code;
  if (code === 'CSV_MAX_RECORD_SIZE') return refusal('FILE_TOO_COMPLEX', 'A line of the file is too long to be read.');
  if (code?.startsWith('CSV_')) return unreadable('The file is not a readable CSV file.', error);
  return error;
}
