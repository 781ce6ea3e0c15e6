import { parse } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import { type ImportErrorLine, readImportErrors } from '../../db/import-rows.ts';
import { escapeFormula, restoreDamaged } from '../domain/csv-safety.ts';
import { cellText } from '../domain/record.ts';
import type { ImportDeps } from './import-deps.ts';
import { findNamed } from './import-views.ts';
import { sendProblem } from './problems.ts';

export const ERROR_COLUMNS = [
  'import_id',
  'import_row',
  'import_error_type',
  'import_error_field',
  'import_error_message',
] as const;

/**
 * The failed rows as a CSV that can be corrected and uploaded again as it is: the original columns, then what was
 * wrong. UTF-8 with a BOM, since Excel takes a CSV without one for the local code page and spoils every umlaut.
 */
export const downloadErrors =
  (deps: ImportDeps): RequestHandler =>
  async (req, res) => {
    const view = await findNamed(deps, req);
    if (!view.ok) return sendProblem(res, view.failure);
    const { id, fileName } = view.value;
    const report = await readImportErrors(deps.db, id);
    res.attachment(`${parse(fileName).name || 'import'}-errors.csv`).type('text/csv; charset=utf-8');
    try {
      await pipeline(Readable.from(csvPieces(id, report)), res);
    } catch (error) {
      // The client went away in the middle: nobody is left to be told.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
  };

interface ErrorReport {
  header: string[];
  lines: AsyncIterable<ImportErrorLine[]>;
}

async function* csvPieces(importId: string, { header, lines }: ErrorReport): AsyncGenerator<string> {
  // An error report that failed again has these columns already: the old ones make way for the new.
  const kept = header.flatMap((name, i) => ((ERROR_COLUMNS as readonly string[]).includes(name.trim()) ? [] : [i]));
  yield `\uFEFF${csvLine([...kept.map((i) => escapeFormula(header[i] ?? '')), ...ERROR_COLUMNS])}`;
  for await (const batch of lines)
    yield batch.map((line) => csvLine(errorCells(importId, line, { kept, width: header.length }))).join('');
}

function errorCells(importId: string, line: ImportErrorLine, shape: { kept: number[]; width: number }): string[] {
  const shown = (i: number) => {
    const text = cellText(line.cells[i]);
    return escapeFormula(line.damaged?.includes(i) ? restoreDamaged(text) : text);
  };
  const join = (pick: (fault: ImportErrorLine['faults'][number]) => string) => line.faults.map(pick).join('; ');
  // Cells beyond the header keep their content at the very end: they belong to no column and must not get lost.
  const beyond = line.cells.slice(shape.width).map((_, i) => shown(shape.width + i));
  const about = [importId, String(line.row), join((f) => f.type), join((f) => f.field ?? ''), join((f) => f.message)];
  return [...shape.kept.map(shown), ...about.map(escapeFormula), ...beyond];
}

/** RFC 4180. */
const csvLine = (cells: string[]): string => `${cells.map(quoted).join(',')}\r\n`;
const quoted = (cell: string): string => (/[",\r\n\t;|]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
