import { createRequire } from 'node:module';

interface Zipped {
  file(name: string, content: string | Uint8Array, options?: object): void;
  generateAsync(options: object): Promise<Uint8Array>;
}
// It comes with exceljs; its own types ask for the browser's.
const JSZip = createRequire(import.meta.url)('jszip') as new () => Zipped;

/** A zip with these parts in this order. */
export async function zipOf(parts: Record<string, string | Uint8Array>): Promise<Uint8Array> {
  const zip = new JSZip();
  for (const [name, content] of Object.entries(parts)) {
    // As bytes: jszip cuts strings into pieces in the middle of a surrogate pair.
    zip.file(name, Buffer.from(content as string), { createFolders: false });
  }
  return zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE' });
}

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

export interface HandMade {
  /** What stands in `<sheetData>`. */
  rows: string;
  /** The items of the shared strings, as XML. */
  strings?: string;
  /** `numFmtId` of each cell style. */
  formats?: number[];
  /** Codes of the number formats from 164 on. */
  codes?: string[];
  date1904?: boolean;
  sheetPart?: string;
  /** Before `<sheetData>`. */
  before?: string;
}

/** The parts of a workbook written by hand, as little as Excel would open. */
export function partsOf(made: HandMade): Record<string, string> {
  const part = made.sheetPart ?? 'worksheets/sheet1.xml';
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
  const relations = (...all: string[]) =>
    `${HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`;
  const codes = (made.codes ?? []).map((code, i) => `<numFmt numFmtId="${164 + i}" formatCode="${code}"/>`);
  const styles = (made.formats ?? [0]).map((id) => `<xf numFmtId="${id}"/>`);
  return {
    '[Content_Types].xml': `${HEAD}<Types/>`,
    '_rels/.rels': relations(relation('rId1', 'officeDocument', 'xl/workbook.xml')),
    'xl/workbook.xml': `${HEAD}<workbook ${MAIN} xmlns:r="${OFFICE}"><workbookPr${made.date1904 ? ' date1904="1"' : ''}/><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      relation('rId1', 'worksheet', part),
      relation('rId2', 'styles', 'styles.xml'),
      relation('rId3', 'sharedStrings', 'sharedStrings.xml'),
    ),
    'xl/styles.xml': `${HEAD}<styleSheet ${MAIN}><numFmts>${codes.join('')}</numFmts><cellXfs>${styles.join('')}</cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `${HEAD}<sst ${MAIN}>${made.strings ?? ''}</sst>`,
    [`xl/${part}`]: `${HEAD}<worksheet ${MAIN}>${made.before ?? ''}<sheetData>${made.rows}</sheetData></worksheet>`,
  };
}

export const workbook = (made: HandMade): Promise<Uint8Array> => zipOf(partsOf(made));

/** A row of text cells. */
export const textRow = (...cells: string[]): string =>
  `<row>${cells.map((cell) => `<c t="inlineStr"><is><t>${cell}</t></is></c>`).join('')}</row>`;
