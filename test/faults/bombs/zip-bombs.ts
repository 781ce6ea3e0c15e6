import type { FailureCode } from '../../../src/domain/failures.ts';
import { type RawPart, rawPart, rawZip, repeatedPart } from '../../readers/raw-zip.ts';
import { type HandMade, partsOf, textRow } from '../../readers/workbooks.ts';

/** A hostile file, never above what may be uploaded, and what must become of it. */
export interface Bomb {
  name: string;
  make(): Buffer | Promise<Buffer>;
  /** Codes with which it may be refused; none: it is read to its end, its bad rows fail. */
  refusedAs: (FailureCode | 'read')[];
}

export const HEADER = ['external_id', 'customer_name', 'customer_phone', 'dealer_code', 'booking_date'];
const HEADING = textRow(...HEADER);
const GOOD = textRow('Z-1', 'Asha Rao', '+919812345678', 'DLR001', '2027-03-04');
const SHEET = 'xl/worksheets/sheet1.xml';
const STRINGS = 'xl/sharedStrings.xml';
const [SHEET_HEAD, SHEET_TAIL] = [`<worksheet><sheetData>${HEADING}${GOOD}`, '</sheetData></worksheet>'];

interface Repetition {
  head: string;
  body: string;
  tail: string;
  /** Of the body, inflated. */
  bytes: number;
}

/** A workbook of which one part repeats itself; `claimed` is what the zip's directory says of its size. */
function inflating(part: string, { bytes, ...text }: Repetition, claimed?: number): Buffer {
  const long = repeatedPart(part, { ...text, times: bytes / text.body.length });
  return replacing(part, { ...long, size: claimed ?? long.size });
}

const made: HandMade = { rows: `${HEADING}${GOOD}` };
const replacing = (name: string, part: RawPart): Buffer =>
  rawZip([...Object.entries(partsOf(made)).flatMap(([n, content]) => (n === name ? [] : [rawPart(n, content)])), part]);
const containing = (given: Partial<HandMade>): Buffer =>
  rawZip(Object.entries(partsOf({ ...made, ...given })).map(([name, content]) => rawPart(name, content)));
const sheetOf = (body: string, bytes: number, claimed?: number) =>
  inflating(SHEET, { head: SHEET_HEAD, body, tail: SHEET_TAIL, bytes }, claimed);

const BLANKS = `<row>${'<c/>'.repeat(200)}</row>`;
const LAUGHS = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
const tooComplex: FailureCode[] = ['FILE_TOO_COMPLEX'];
const unreadable: FailureCode[] = ['UNREADABLE_FILE'];
const either: FailureCode[] = [...tooComplex, ...unreadable];

const INFLATING: Bomb[] = [
  { name: '1.3 GB of blanks in sheet1.xml', make: () => sheetOf(BLANKS, 1.3e9), refusedAs: tooComplex },
  { name: '1.3 GB whose directory says 5 kB', make: () => sheetOf(BLANKS, 1.3e9, 5_000), refusedAs: either },
  { name: '390 MB of small rows', make: () => sheetOf('<row><c><v>1</v></c></row>', 390e6), refusedAs: tooComplex },
  {
    name: '390 MB of rows that are all row 1',
    make: () => sheetOf('<row r="1"><c><v>1</v></c></row>', 390e6),
    refusedAs: tooComplex,
  },
  {
    name: '390 MB of rows of many cells',
    make: () => sheetOf(`<row>${'<c><v>1</v></c>'.repeat(100)}</row>`, 390e6),
    refusedAs: tooComplex,
  },
  ...['<si><t>x</t></si>', `<si><t>${'long '.repeat(2_000)}</t></si>`].map((body) => ({
    name: `1 GB of ${body.length > 99 ? 'long' : 'short'} texts in sharedStrings.xml`,
    make: () => inflating(STRINGS, { head: '<sst>', body, tail: '</sst>', bytes: 1e9 }),
    refusedAs: tooComplex,
  })),
  {
    name: '150 MB of rows that compress as badly as real ones, and break off',
    make: () => inflating(SHEET, { head: SHEET_HEAD, body: manyRows(), tail: '', bytes: 150e6 }),
    refusedAs: either,
  },
  {
    name: '150 MB of texts that compress as badly as real ones',
    make: () => inflating(STRINGS, { head: '<sst>', body: manyTexts(), tail: '</sst>', bytes: 150e6 }),
    refusedAs: tooComplex,
  },
  {
    name: '600 MB of formats in styles.xml',
    make: () => {
      const text = { head: '<styleSheet><cellXfs>', body: '<xf numFmtId="14"/>', tail: '</cellXfs></styleSheet>' };
      return inflating('xl/styles.xml', { ...text, bytes: 600e6 });
    },
    refusedAs: tooComplex,
  },
];

/** A tenth of the bomb of such rows, and nothing wrong with it. */
export const HONEST_BYTES = 15e6;
export const honestSheet = (): Buffer => sheetOf(manyRows(), HONEST_BYTES);

/** One cell in ten differs from its neighbours: some 45 : 1. */
const manyRows = (): string =>
  Array.from({ length: 2_000 }, (_, n) => `<row>${'<c t="n"><v>100000</v></c>'.repeat(12)}${scattered(n)}</row>`).join(
    '',
  );
const manyTexts = (): string =>
  Array.from(
    { length: 5_000 },
    (_, n) => `<si><t>${'text '.repeat(10)}${n % 4 ? '' : (n * 2_654_435_761) % 4_294_967_296}</t></si>`,
  ).join('');
const scattered = (n: number): string => `<c><v>${((n * 2_654_435_761) % 4_294_967_296).toString(36)}</v></c>`;

const CONTAINERS: Bomb[] = [
  {
    name: 'a zip of 65,000 parts',
    make: () => rawZip(Array.from({ length: 65_000 }, (_, i) => rawPart(`xl/${i}.xml`, ''))),
    refusedAs: tooComplex,
  },
  { name: 'a zip within zips within zips', make: nested, refusedAs: ['UNSUPPORTED_FILE_TYPE'] },
  { name: 'a zip as the sheet of a workbook', make: zippedSheet, refusedAs: unreadable },
  { name: '5,000 sheets that are all the same bytes', make: overlapping, refusedAs: either },
  { name: 'a part whose directory says 4 GB', make: () => sheetOf(BLANKS, 1e6, 0xfffffffe), refusedAs: either },
  ...['../../../../../../tmp/evil.xml', '/etc/cron.d/evil', 'xl\\..\\..\\evil.xml'].map((name) => ({
    name: `a part called ${name}`,
    make: () => rawZip([...Object.entries(partsOf(made)), [name, 'x']].map(([n = '', c = '']) => rawPart(n, c))),
    refusedAs: name.startsWith('/') || name.startsWith('..') || name.includes('\\') ? unreadable : [],
  })),
];

function nested(): Buffer {
  let inner = rawZip([rawPart('zeros', '\0'.repeat(50e6))]);
  for (let depth = 0; depth < 6; depth += 1)
    inner = rawZip(Array.from({ length: 16 }, (_, i) => rawPart(`${depth}-${i}.zip`, inner)));
  return inner;
}

function zippedSheet(): Buffer {
  const sheet = rawZip([rawPart(SHEET, '\0'.repeat(50e6))]);
  return replacing(SHEET, rawPart(SHEET, sheet));
}

/** Entries of the directory that all point at one part, as in Fifield's "better zip bomb". */
function overlapping(): Buffer {
  const sheets = 5_000;
  const list = (text: (n: number) => string) => Array.from({ length: sheets }, (_, n) => text(n + 1)).join('');
  const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const parts = partsOf(made);
  parts['xl/workbook.xml'] =
    `<workbook xmlns:r="${OFFICE}"><sheets>${list((n) => `<sheet name="S${n}" sheetId="${n}" r:id="rId${n}"/>`)}</sheets></workbook>`;
  parts['xl/_rels/workbook.xml.rels'] =
    `<Relationships>${list((n) => `<Relationship Id="rId${n}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${n}.xml"/>`)}</Relationships>`;
  const kernel = repeatedPart(SHEET, {
    head: SHEET_HEAD,
    body: BLANKS,
    tail: SHEET_TAIL,
    times: 390e6 / BLANKS.length,
  });
  const others = Object.entries(parts).flatMap(([name, content]) => (name === SHEET ? [] : [rawPart(name, content)]));
  return rawZip([...others, kernel], { alias: (n) => `xl/worksheets/sheet${n + 1}.xml`, times: sheets });
}

const XML: Bomb[] = [
  ...[SHEET, 'xl/workbook.xml', STRINGS].map((part) => ({
    name: `a billion laughs in ${part}`,
    make: () => declaring(part, `<!DOCTYPE x [<!ENTITY l0 "ha">${LAUGHS}]>`),
    refusedAs: unreadable,
  })),
  {
    name: 'an external entity',
    make: () => declaring(SHEET, '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'),
    refusedAs: unreadable,
  },
  { name: '20 MB of elements within elements', make: () => sheetOf('<a>', 20e6), refusedAs: tooComplex },
  // The smaller ones get past what a zip is judged by, and are for the XML to be judged by.
  ...[20e6, 100e6].flatMap((bytes) =>
    [
      ['cell', '<row><c t="inlineStr"><is><t>'],
      ['attribute', '<row><c r="'],
      ['comment', '<!--'],
    ].map(([what, head]) => ({
      name: `one ${what} of ${bytes / 1e6} MB`,
      make: () => inflating(SHEET, { head: `${SHEET_HEAD}${head}`, body: 'x', tail: '', bytes }),
      refusedAs: tooComplex,
    })),
  ),
  {
    name: '100 MB of attributes of one element',
    make: () => inflating(SHEET, { head: `${SHEET_HEAD}<row `, body: manyAttributes(), tail: '', bytes: 100e6 }),
    refusedAs: either,
  },
  {
    name: 'cells of 20 MB each',
    make: () => sheetOf(textRow('Z-1', 'x'.repeat(20e6), '1', 'DLR001', '2027-03-04'), 390e6),
    refusedAs: tooComplex,
  },
  {
    name: 'one long text that a million cells name',
    make: () =>
      containing({
        rows: `${HEADING}${`<row>${'<c t="s"><v>0</v></c>'.repeat(100)}</row>`.repeat(10_000)}`,
        strings: `<si><t>${'long '.repeat(6_500)}</t></si>`,
      }),
    refusedAs: tooComplex,
  },
  {
    name: '100,000 rows that reach to the last column',
    make: () => containing({ rows: `${HEADING}${'<row><c r="XFD1"><v>1</v></c></row>'.repeat(100_000)}` }),
    refusedAs: tooComplex,
  },
];

const declaring = (part: string, doctype: string): Buffer => {
  const content = partsOf(made)[part] ?? '';
  return replacing(part, rawPart(part, content.replace('?>\n', `?>\n${doctype}`).replace('</t>', '&l9;&secret;</t>')));
};

const manyAttributes = (): string =>
  Array.from({ length: 30_000 }, (_, n) => `a${n.toString(36)}="${'1'.repeat(20)}" `).join('');

export const ZIP_BOMBS: Bomb[] = [...INFLATING, ...CONTAINERS, ...XML];
