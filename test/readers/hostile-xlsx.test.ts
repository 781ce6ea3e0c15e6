import assert from 'node:assert/strict';
import type { FailureCode } from '../../src/domain/failures.ts';
import { rawPart, rawZip, repeatedPart } from './raw-zip.ts';
import { readAll, refused } from './reading.ts';
import { type HandMade, partsOf, textRow, workbook, zipOf } from './workbooks.ts';

/** Does the work; fails when that takes more memory than a worker has to spare. */
async function bounded<T>(work: () => Promise<T>): Promise<T> {
  let peak = 0;
  const before = process.memoryUsage().rss;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss - before);
  }, 20);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    assert.ok(peak < 350e6, `took ${Math.round(peak / 1e6)} MB`);
  }
}

const code = async (content: Uint8Array): Promise<FailureCode> => (await bounded(() => refused(content))).code;

interface Repetition {
  head: string;
  body: string;
  tail: string;
  /** Of the body. */
  bytes: number;
}

/** A workbook of which one part is long and dull. */
function inflating(made: HandMade, part: string, { bytes, ...text }: Repetition, claimed?: number): Buffer {
  const long = repeatedPart(part, { ...text, times: bytes / text.body.length });
  const others = Object.entries(partsOf(made)).filter(([name]) => name !== part);
  return rawZip([...others.map(([name, content]) => rawPart(name, content)), { ...long, size: claimed ?? long.size }]);
}

const SHEET = 'xl/worksheets/sheet1.xml';
const BLANKS = {
  head: `<worksheet><sheetData>${textRow('a', 'b')}${textRow('1', '2')}`,
  body: `<row>${'<c/>'.repeat(200)}</row>`,
  tail: '</sheetData></worksheet>',
};

describe('a zip bomb', () => {
  it('of 1.3 GB in a few MB is refused', async () => {
    const bomb = inflating({ rows: '' }, SHEET, { ...BLANKS, bytes: 1.3e9 });
    assert.ok(bomb.length < 6e6);
    assert.equal(await code(bomb), 'FILE_TOO_COMPLEX');
  });

  it('whose directory lies about its size is refused all the same', async () => {
    const bomb = inflating({ rows: '' }, SHEET, { ...BLANKS, bytes: 1.3e9 }, 5000);
    assert.ok(['FILE_TOO_COMPLEX', 'UNREADABLE_FILE'].includes(await code(bomb)));
  });

  const cell = '<row><c t="s"><v>0</v></c></row>';
  const others: [string, Omit<Repetition, 'bytes'>][] = [
    ['xl/sharedStrings.xml', { head: '<sst>', body: '<si><t>x</t></si>', tail: '</sst>' }],
    ['xl/sharedStrings.xml', { head: '<sst><si><t>', body: 'long', tail: '</t></si></sst>' }],
    ['xl/styles.xml', { head: '<styleSheet><cellXfs>', body: '<xf numFmtId="14"/>', tail: '</cellXfs></styleSheet>' }],
    ['xl/workbook.xml', { head: '<workbook><sheets>', body: '<sheet name="a"/>', tail: '</sheets></workbook>' }],
    ['_rels/.rels', { head: '<Relationships>', body: '<Relationship Id="a"/>', tail: '</Relationships>' }],
  ];
  for (const [part, text] of others) {
    it(`of ${text.body} in ${part} is refused, whether the zip says its size or not`, async () => {
      assert.equal(await code(inflating({ rows: cell }, part, { ...text, bytes: 600e6 })), 'FILE_TOO_COMPLEX');
      assert.ok(await code(inflating({ rows: cell }, part, { ...text, bytes: 600e6 }, 5000)));
    });
  }

  it('of one long shared string that a million cells name is refused', async () => {
    const rows = `${textRow('a')}${`<row>${'<c t="s"><v>0</v></c>'.repeat(100)}</row>`.repeat(3000)}`;
    const content = await workbook({ rows, strings: `<si><t>${'long '.repeat(6500)}</t></si>` });
    assert.equal(await code(content), 'FILE_TOO_COMPLEX');
  });

  it('of rows that each reach to the last column is refused', async () => {
    const rows = `${textRow('a')}${'<row><c r="XFD1"><v>1</v></c></row>'.repeat(6000)}`;
    assert.equal(await code(await workbook({ rows })), 'FILE_TOO_COMPLEX');
  });

  it('of elements within elements is refused', async () => {
    const deep = '<a>'.repeat(100_000);
    assert.equal(await code(await workbook({ rows: textRow('a'), before: deep })), 'FILE_TOO_COMPLEX');
  });

  it('of tens of thousands of parts is refused', async () => {
    const parts = Array.from({ length: 20_000 }, (_, i) => rawPart(`xl/${i}.xml`, ''));
    assert.equal(await code(rawZip(parts)), 'FILE_TOO_COMPLEX');
  });
});

describe('a sheet of 1,048,576 rows', () => {
  it('that are styled and blank but for one is refused, or that one is read', async () => {
    const body = '<row s="1" customFormat="1" ht="15"><c s="1"/></row>';
    const file = inflating({ rows: '' }, SHEET, { ...BLANKS, body, bytes: body.length * 1_048_574 });
    assert.equal(await code(file), 'FILE_TOO_COMPLEX');
  });

  it('that are numbered, styled and blank but for one gives that one', async () => {
    const blank = Array.from({ length: 1_048_574 }, (_, i) => `<row r="${i + 3}" s="1"><c s="1"/></row>`);
    const rows = `${textRow('a', 'b')}${textRow('1', '2')}${blank.join('')}`;
    const content = await workbook({ rows, formats: [0, 14] });
    const { cells } = await bounded(() => readAll(content));
    assert.deepEqual(cells, [['1', '2']]);
  });
});

describe('a document type definition', () => {
  const laughs = `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>`;
  const outside = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>';
  const parts = [
    'xl/workbook.xml',
    'xl/styles.xml',
    'xl/sharedStrings.xml',
    SHEET,
    '_rels/.rels',
    'xl/_rels/workbook.xml.rels',
  ];
  for (const part of parts) {
    it(`in ${part} is refused, with entities or without`, async () => {
      for (const dtd of [laughs, outside, '<!DOCTYPE x>']) {
        const all = partsOf({ rows: '<row><c t="s"><v>0</v></c></row>', strings: '<si><t>a</t></si>' });
        all[part] = (all[part] as string).replace(/\?>\n/, `?>${dtd}`);
        assert.equal(await code(await zipOf(all)), 'UNREADABLE_FILE');
      }
    });
  }

  it('is not needed for an entity to be refused', async () => {
    assert.equal(await code(await workbook({ rows: textRow('&secret;') })), 'UNREADABLE_FILE');
  });
});

describe('a damaged workbook', () => {
  it('that is cut off anywhere is UNREADABLE_FILE', async () => {
    const whole = await workbook({ rows: Array.from({ length: 2000 }, (_, i) => textRow(`${i}`, 'x')).join('') });
    for (const share of [0.1, 0.5, 0.9, 0.99]) {
      assert.equal(await code(whole.subarray(0, Math.floor(whole.length * share))), 'UNREADABLE_FILE');
    }
  });

  it('with some bytes overwritten is refused or reads the same, and never fails otherwise', async () => {
    const whole = await workbook({ rows: Array.from({ length: 500 }, (_, i) => textRow(`${i * 7919}`, 'x')).join('') });
    const expected = (await readAll(whole)).cells;
    for (let at = 40; at < whole.length; at += 41) {
      const copy = Uint8Array.from(whole);
      copy[at] = (copy[at] as number) ^ 0x55;
      try {
        assert.deepEqual((await readAll(copy)).cells, expected);
      } catch (error) {
        assert.equal((error as Error).name, 'FailureError');
      }
    }
  });

  const sheet = (change: (xml: string) => string) => (parts: Record<string, string>) => ({
    ...parts,
    [SHEET]: change(parts[SHEET] as string),
  });
  const without = (name: string) => (parts: Record<string, string>) =>
    Object.fromEntries(Object.entries(parts).filter(([part]) => part !== name));
  const broken: [string, (parts: Record<string, string>) => Record<string, string>][] = [
    ['without a workbook', without('xl/workbook.xml')],
    ['without its relations', without('xl/_rels/workbook.xml.rels')],
    ['without its sheet', without(SHEET)],
    ['whose sheet is something else', sheet(() => '<chartsheet/>')],
    ['whose sheet has no cells', sheet(() => '<worksheet/>')],
    ['whose sheet is empty', sheet(() => '')],
    ['whose sheet breaks off', sheet((xml) => xml.slice(0, -30))],
    ['whose sheet is no XML', sheet(() => 'name,phone')],
    ['whose cells stand nowhere', sheet((xml) => xml.replace('<c ', '<c r="12" '))],
    ['whose rows stand nowhere', sheet((xml) => xml.replace('<row', '<row r="x"'))],
    ['that holds a NUL', sheet((xml) => xml.replace('>a<', '>&#0;<'))],
  ];
  for (const [what, spoil] of broken) {
    it(`${what} is UNREADABLE_FILE`, async () => {
      const parts = partsOf({ rows: `${textRow('a')}${textRow('1')}` });
      assert.equal(await code(await zipOf(spoil(parts))), 'UNREADABLE_FILE');
    });
  }

  it('with a part protected by a password is ENCRYPTED_FILE', async () => {
    const zip = Buffer.from(await workbook({ rows: textRow('a') }));
    for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 4)) {
      zip.writeUInt16LE(zip.readUInt16LE(at + 8) | 1, at + 8);
    }
    assert.equal(await code(zip), 'ENCRYPTED_FILE');
  });
});
