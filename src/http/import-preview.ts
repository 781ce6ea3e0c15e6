import type { MappedColumn } from '../domain/columns.ts';
import { isErrorReport, unescapeFormula } from '../domain/csv-safety.ts';
import { proposeDateFormats } from '../domain/date-choices.ts';
import { ok, type Result } from '../domain/failures.ts';
import { mapHeaders } from '../domain/header-mapping.ts';
import type { ImportSettings } from '../domain/import.ts';
import { cellText, type SourceRecord } from '../domain/record.ts';
import { parseSettings } from '../domain/settings.ts';
import { type FileInspection, inspectFile } from '../files.ts';
import { callerIn } from './auth.ts';
import type { Answer, Handler } from './endpoint.ts';
import type { ImportDeps } from './import-deps.ts';
import { type Upload, withUpload } from './upload.ts';

const PREVIEW_ROWS = 100;

/** What a file is and where its columns would go. A header without rows is fine here; nothing is kept. */
export const previewUpload =
  (deps: ImportDeps): Handler =>
  (req, res) =>
    deps.uploads.pass(callerIn(res).subject, () => withUpload(req, deps.upload, preview));

async function preview(upload: Upload): Promise<Result<Answer>> {
  const settings = parseSettings(upload.settings);
  if (!settings.ok) return settings;
  const { sheet, encoding, delimiter } = settings.value;
  const options = { sheet, encoding, delimiter };
  const inspected = await inspectFile({ path: upload.path, options, sampleRows: PREVIEW_ROWS, countAll: true });
  return inspected.ok ? ok({ body: describe(inspected.value, settings.value) }) : inspected;
}

function describe({ facts, header, totalRows, rows }: FileInspection, settings: ImportSettings) {
  const { columns, missingRequired, problems } = mapHeaders(header, settings.mapping);
  const read = isErrorReport(header) ? unescapeFormula : (text: string) => text;
  const width = header.length;
  return {
    ...facts,
    headers: columns,
    missingRequired,
    missingColumns: missingRequired.map((field) => ({ field, likeliest: likeliest(columns, field) })),
    problems,
    dateFormats: proposeDateFormats(datesOf(columns, rows)),
    totalRows,
    // A short row is filled up; what a long one has beyond the header stays, since it is what will fail.
    rows: rows.map(({ cells }) =>
      Array.from({ length: Math.max(width, cells.length) }, (_, i) => read(cellText(cells[i]))),
    ),
  };
}

// A true date cell needs no format.
function datesOf(columns: MappedColumn[], rows: SourceRecord[]): string[] {
  const index = columns.findIndex(({ field }) => field === 'booking_date');
  return rows.map(({ cells }) => cells[index]).filter((cell) => typeof cell === 'string');
}

const likeliest = (columns: MappedColumn[], field: MappedColumn['field']): string | null =>
  columns.find(({ suggestion }) => suggestion === field)?.name ?? null;
