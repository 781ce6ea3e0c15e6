import { posix } from 'node:path';
import { Readable } from 'node:stream';
import ExcelJS from 'exceljs';
import { type FormatKind, formatKind } from './excel-date.ts';
import { unreadable } from './refuse.ts';
import { readSharedStrings } from './shared-strings.ts';
import { type RowContext, readRows, type SheetRow } from './sheet-rows.ts';
import { type Kept, simplifiedPart } from './simplify-xml.ts';
import { unsupported } from './sniff.ts';
import type { Zip } from './zip.ts';
import { InflateBudget } from './zip-limits.ts';

/** A sheet of cells; its rows can be read more than once. */
export interface Sheet {
  name: string;
  hidden: boolean;
  /** The last column that the sheet says it uses; null when it doesn't say, and before its rows are being read. */
  declaredWidth: number | null;
  rows(): AsyncGenerator<SheetRow[], void, undefined>;
}

interface Relation {
  Id: string;
  Type: string;
  Target: string;
}

/** The methods and fields of exceljs's streaming reader that its types don't tell. */
interface ReaderInside {
  _parseRels(part: Readable): Promise<void>;
  _parseWorkbook(part: Readable): Promise<void>;
  _parseStyles(part: Readable): Promise<void>;
  workbookRels: Relation[];
  model: { sheets?: { name: string; state: string; rId: string }[] };
  properties: { model?: { date1904?: boolean } | null };
  styles: {
    model: { styles?: { numFmtId: number }[] };
    getStyleModel(id: number): { numFmt?: string } | null;
  };
}

const RELATIONS: Kept = { Relationships: [], Relationship: ['Id', 'Type', 'Target'] };
const WORKBOOK: Kept = {
  workbook: [],
  workbookPr: ['date1904'],
  sheets: [],
  sheet: ['name', 'sheetId', 'state', 'r:id'],
};
const STYLES: Kept = { styleSheet: [], numFmts: [], numFmt: ['numFmtId', 'formatCode'], cellXfs: [], xf: ['numFmtId'] };

/**
 * exceljs's streaming reader over a zip that is read by its directory. Its own `parse` takes the parts in the order in
 * which they stand in the file, and so knows no date formats, sheet names or texts when those come late, and finds no
 * sheet that isn't called sheet1.xml. Here everything a sheet needs is read before the sheet.
 */
export class ZippedWorkbook extends ExcelJS.stream.xlsx.WorkbookReader {
  readonly #zip: Zip;
  readonly #budget = new InflateBudget();
  readonly #kinds = new Map<number, FormatKind>();
  #strings: Promise<string[]> | undefined;

  constructor(zip: Zip) {
    super('', { worksheets: 'emit', sharedStrings: 'cache', styles: 'cache', hyperlinks: 'ignore', entries: 'ignore' });
    this.#zip = zip;
  }

  override async *parse(): AsyncGenerator<{ eventType: 'worksheet'; value: Sheet }, void, undefined> {
    const inside = this as unknown as ReaderInside;
    const path = await this.#workbookPath();
    await inside._parseWorkbook(await this.#simplified(path, WORKBOOK));
    const relations = await this.#relations(path);
    const stylesPath = targetOf(relations, 'styles', path);
    if (stylesPath) await inside._parseStyles(await this.#simplified(stylesPath, STYLES));
    const stringsPath = targetOf(relations, 'sharedStrings', path);
    for (const { name, state, rId } of inside.model.sheets ?? []) {
      const relation = relations.find(({ Id }) => Id === rId);
      // A chart on a sheet of its own has no cells.
      if (relation && !isType(relation, 'worksheet')) continue;
      const part = (relation && resolve(path, relation.Target)) ?? name;
      const value: Sheet = {
        name,
        hidden: /hidden/i.test(state),
        declaredWidth: null,
        rows: () => this.#rows({ part, stringsPath }, value),
      };
      yield { eventType: 'worksheet', value };
    }
  }

  async *#rows({ part, stringsPath }: { part: string; stringsPath?: string }, sheet: Sheet) {
    this.#strings ??= this.#readStrings(stringsPath);
    const context: RowContext = {
      strings: await this.#strings,
      date1904: (this as unknown as ReaderInside).properties.model?.date1904 === true,
      kindOf: (style) => this.#kindOf(style),
      onWidth: (columns) => {
        sheet.declaredWidth = columns;
      },
    };
    yield* readRows(this.#zip.part(part, new InflateBudget()), context);
  }

  async #readStrings(path: string | undefined): Promise<string[]> {
    return path && this.#zip.has(path) ? readSharedStrings(this.#zip.part(path, this.#budget)) : [];
  }

  #kindOf(style: number): FormatKind {
    let kind = this.#kinds.get(style);
    if (kind === undefined) {
      const { styles } = this as unknown as ReaderInside;
      kind = formatKind(styles.getStyleModel(style)?.numFmt, styles.model.styles?.[style]?.numFmtId);
      this.#kinds.set(style, kind);
    }
    return kind;
  }

  async #workbookPath(): Promise<string> {
    const relations = this.#zip.has('_rels/.rels') ? await this.#relationsIn('_rels/.rels') : [];
    const path = targetOf(relations, 'officeDocument', '') ?? 'xl/workbook.xml';
    if (this.#zip.has(path) && !/\.bin$/i.test(path) && !foreign(this.#zip)) return path;
    throw foreign(this.#zip) ?? unreadable('The workbook is damaged: it lacks its table of sheets.');
  }

  #relations(path: string): Promise<Relation[]> {
    return this.#relationsIn(`${posix.dirname(path)}/_rels/${posix.basename(path)}.rels`);
  }

  async #relationsIn(path: string): Promise<Relation[]> {
    const inside = this as unknown as ReaderInside;
    await inside._parseRels(await this.#simplified(path, RELATIONS));
    return inside.workbookRels ?? [];
  }

  async #simplified(name: string, kept: Kept): Promise<Readable> {
    const xml = await simplifiedPart({ zip: this.#zip, name, budget: this.#budget }, kept);
    return Readable.from([xml.toString().replace(/ date1904="true"/, ' date1904="1"')]);
  }
}

// "Strict" workbooks name the same relations under another address.
const isType = (relation: Relation, type: string) => relation.Type.endsWith(`/${type}`);

const resolve = (from: string, target: string) =>
  target.startsWith('/') ? posix.normalize(target.slice(1)) : posix.join(posix.dirname(from), target);

function targetOf(relations: Relation[], type: string, from: string): string | undefined {
  const relation = relations.find((each) => isType(each, type));
  return relation && resolve(from, relation.Target);
}

/** The refusal of a zip that is something else than an Excel workbook, if it is. */
function foreign(zip: Zip) {
  const names = zip.names();
  if (zip.has('xl/workbook.bin')) return unsupported('a binary Excel workbook (.xlsb)');
  if (names.some((name) => name.startsWith('xl/'))) return null;
  if (zip.has('word/document.xml')) return unsupported('a Word document');
  if (zip.has('ppt/presentation.xml')) return unsupported('a PowerPoint presentation');
  if (zip.has('mimetype') && zip.has('content.xml')) return unsupported('an OpenDocument file');
  return zip.has('_rels/.rels') ? null : unsupported('a zip archive');
}
