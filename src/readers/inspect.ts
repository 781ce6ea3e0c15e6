import { cellText, type FileFacts, type SourceRecord } from '../domain/record.ts';
import { openFile, type ReadOptions } from './open-file.ts';

export interface FileInspection {
  facts: FileFacts;
  header: string[];
  /** Records after the header; with `countAll` false only those that were looked at. */
  totalRows: number;
  /** The first records, at most `sampleRows`; fewer when they are so long that a preview would choke on them. */
  rows: SourceRecord[];
}

export interface InspectRequest {
  path: string;
  options: ReadOptions;
  sampleRows: number;
  /** Whether to read on after the sample: to count the records, and to find what is wrong further down. */
  countAll: boolean;
}

/** A sample is copied between threads and sent to a browser, which holds up whoever else asks: 1.6 million cells 0.3 s. */
const SAMPLE_WEIGHT = 2_000_000;
/** What a cell weighs by itself, in characters. */
const CELL_WEIGHT = 10;

/** Reads a file's header and first records, and counts the others. Throws what `openFile` throws. */
export async function inspect(request: InspectRequest): Promise<FileInspection> {
  const file = await openFile(request.path, request.options);
  try {
    const rows: SourceRecord[] = [];
    let totalRows = 0;
    let weight = 0;
    for await (const batch of file.records) {
      for (const record of batch) {
        for (const cell of record.cells) weight += CELL_WEIGHT + cellText(cell).length;
        if (rows.length === totalRows && rows.length < request.sampleRows && weight <= SAMPLE_WEIGHT) {
          rows.push(record);
        }
        totalRows++;
        if (!request.countAll && totalRows >= request.sampleRows) break;
      }
      if (!request.countAll && totalRows >= request.sampleRows) break;
    }
    return { facts: file.facts, header: file.header, totalRows, rows };
  } finally {
    await file.close();
  }
}
