import { parse } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import { type ImportErrorLine, readImportErrors } from '../../db/import-rows.ts';
import { ERROR_COLUMNS, escapeFormula, isErrorReport, restoreDamaged, unescapeFormula } from '../domain/csv-safety.ts';
import type { RowFault } from '../domain/import.ts';
import { cellText } from '../domain/record.ts';
import type { ImportDeps } from './import-deps.ts';
import { findNamedWithRows } from './import-views.ts';
import { sendProblem } from './problems.ts';

/**
 * The failed rows as a CSV that can be corrected and uploaded again as it is: the original columns, then what was
 * wrong. UTF-8 with a BOM, since Excel takes a CSV without one for the local code page and spoils every umlaut.
 */
export const downloadErrors =
  (deps: ImportDeps): RequestHandler =>
  async (req, res) => {
    const view = await findNamedWithRows(deps, req, res);
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

async function* csvPieces(importId: string, { header, lines }: ErrorReport): AsyncGenerator<Buffer> {
  // An error report that failed again has these columns already, and its cells are harmless already.
  const again = isErrorReport(header);
  const ours: readonly string[] = again ? ERROR_COLUMNS : [];
  const kept = header.flatMap((name, i) => (ours.includes(name.trim()) ? [] : [i]));
  const safe = again ? (text: string) => escapeFormula(unescapeFormula(text)) : escapeFormula;
  const head = [...kept.map((i) => safe(header[i] ?? '')), ...ERROR_COLUMNS];
  yield csvBytes([toBinary('\uFEFF'), csvLine(head.map(toBinary))]);
  for await (const batch of lines)
    yield csvBytes(batch.map((line) => csvLine(errorCells(importId, line, { kept, width: header.length, safe }))));
}

interface Shape {
  kept: number[];
  width: number;
  safe(text: string): string;
}

function errorCells(importId: string, { row, cells, damaged, faults }: ImportErrorLine, shape: Shape): string[] {
  const shown = (i: number) => {
    const text = shape.safe(cellText(cells[i]));
    return damaged?.includes(i) ? restoreDamaged(text).toString('latin1') : toBinary(text);
  };
  const all = (pick: (fault: RowFault) => string) => toBinary(escapeFormula(faults.map(pick).join('; ')));
  const about = [importId, String(row), all((f) => f.type), all((f) => f.field ?? ''), all((f) => f.message)];
  // Cells beyond the header keep their content at the very end: they belong to no column and must not get lost.
  const beyond = cells.slice(shape.width).map((_, i) => shown(shape.width + i));
  return [...shape.kept.map(shown), ...about, ...beyond];
}

/**
 * A damaged cell is bytes that no string of JavaScript can hold as text. So cells are put together as binary strings,
 * one character a byte of their UTF-8: what must be quoted is ASCII, and looks the same in both.
 */
const toBinary = (text: string): string => Buffer.from(text).toString('latin1');
const csvBytes = (lines: string[]): Buffer => Buffer.from(lines.join(''), 'latin1');

/** RFC 4180. Quoted too is what another reader could take for a separator, or trim. */
const csvLine = (cells: string[]): string => `${cells.map(quoted).join(',')}\r\n`;
const quoted = (cell: string): string => (/[",\r\n\t;|]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
