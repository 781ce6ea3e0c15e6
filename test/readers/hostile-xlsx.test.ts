import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import type { FailureCode } from '../../src/domain/failures.ts';
import { readAll, refused } from './reading.ts';
import { type HandMade, partsOf, textRow, workbook, zipOf } from './workbooks.ts';

/** Reads to the end or to a failure; fails when that takes more memory than a worker has to spare. */
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

/** The part replaced by a huge repetition, compressed piece by piece so that the test itself stays small. */
async function inflating(made: HandMade, part: string, repeated: { head: string; body: string; times: number }) {
  const parts: Record<string, string> = partsOf(made);
  const { head, body, times } = repeated;
  parts[part] = '';
  const zip = Buffer.from(await zipOf(parts));
  return withPart(zip, part, Buffer.from(head), Buffer.from(body), times);
}

/** Appends a stored-by-hand deflate stream to a zip's directory: its declared size may lie. */
function withPart(zip: Buffer, name: string, head: Buffer, body: Buffer, times: number, declared?: number): Buffer {
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'));
  const directoryAt = zip.readUInt32LE(end + 16);
  const piece = sync(Buffer.concat(Array(Math.max(1, Math.floor(1e6 / body.length))).fill(body)));
  const perPiece = Math.max(1, Math.floor(1e6 / body.length));
  const pieces = Math.ceil(times / perPiece);
  const data = Buffer.concat([sync(head), ...Array(pieces).fill(piece), deflateRawSync(Buffer.alloc(0))]);
  const size = declared ?? head.length + pieces * perPiece * body.length;
  const local = header(0x04034b50, name, data.length, size);
  const directory = Buffer.from(zip.subarray(directoryAt, end));
  const kept = withoutEntry(directory, name);
  const central = centralHeader(name, data.length, size, directoryAt);
  const tail = Buffer.from(zip.subarray(end));
  tail.writeUInt32LE(kept.length + central.length, 12);
  tail.writeUInt32LE(directoryAt + local.length + data.length, 16);
  return Buffer.concat([zip.subarray(0, directoryAt), local, data, kept, central, tail]);
}

/** A deflate stream that ends on a byte and can be followed by another: the same data again refers to nothing before. */
function sync(data: Buffer): Buffer {
  return deflateRawSync(data, { finishFlush: 3, level: 9 });
}

function header(signature: number, name: string, compressed: number, size: number): Buffer {
  const buffer = Buffer.alloc(30 + name.length);
  buffer.writeUInt32LE(signature, 0);
  buffer.writeUInt16LE(20, 4);
  buffer.writeUInt16LE(8, 8);
  buffer.writeUInt32LE(compressed, 18);
  buffer.writeUInt32LE(size, 22);
  buffer.writeUInt16LE(name.length, 26);
  buffer.write(name, 30);
  return buffer;
}

function centralHeader(name: string, compressed: number, size: number, offset: number): Buffer {
  const buffer = Buffer.alloc(46 + name.length);
  buffer.writeUInt32LE(0x02014b50, 0);
  buffer.writeUInt16LE(20, 4);
  buffer.writeUInt16LE(20, 6);
  buffer.writeUInt16LE(8, 10);
  buffer.writeUInt32LE(compressed, 20);
  buffer.writeUInt32LE(size, 24);
  buffer.writeUInt16LE(name.length, 28);
  buffer.writeUInt32LE(offset, 42);
  buffer.write(name, 46);
  return buffer;
}

/** The same directory with one entry renamed to something that nobody asks for, so that counts stay right. */
function withoutEntry(directory: Buffer, name: string): Buffer {
  const copy = Buffer.from(directory);
  const at = copy.indexOf(Buffer.from(name));
  copy.write('~'.repeat(name.length), at);
  const end = copy.length;
  return copy.subarray(0, end);
}

const SHEET = 'xl/worksheets/sheet1.xml';
const OPEN_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>';

describe('a zip bomb', () => {
  it('of 1.3 GB in some hundred kB is refused', async () => {
    const body = `<row>${'<c/>'.repeat(200)}</row>`;
    const bomb = await inflating({ rows: '' }, SHEET, { head: OPEN_SHEET, body, times: 1.3e9 / body.length });
    assert.ok(bomb.length < 2e6);
    assert.equal(await code(bomb), 'FILE_TOO_COMPLEX');
  });

  it('whose directory lies about its size is refused all the same', async () => {
    const zip = Buffer.from(await zipOf(partsOf({ rows: '' })));
    const body = Buffer.from(`<row>${'<c/>'.repeat(200)}</row>`);
    const bomb = withPart(zip, SHEET, Buffer.from(OPEN_SHEET), body, 600_000, 5000);
    assert.ok(['FILE_TOO_COMPLEX', 'UNREADABLE_FILE'].includes(await code(bomb)));
  });

  it('in the shared strings, the styles or the workbook is refused', async () => {
    const cell = '<row><c t="s"><v>0</v></c></row>';
    for (const [part, head, body] of [
      ['xl/sharedStrings.xml', '<sst>', '<si><t>x</t></si>'],
      ['xl/sharedStrings.xml', '<sst><si><t>', 'aaaaaaaaaaaaaaaaaaaaaaaa'],
      ['xl/styles.xml', '<styleSheet><cellXfs>', '<xf numFmtId="14"/>'],
      ['xl/workbook.xml', '<workbook><sheets>', '<sheet name="a" sheetId="1" r:id="x"/>'],
    ] as const) {
      const bomb = await inflating({ rows: cell }, part, { head, body, times: 600e6 / body.length });
      assert.equal(await code(bomb), 'FILE_TOO_COMPLEX', part);
    }
  });

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

  it('of a hundred thousand parts is refused', async () => {
    const zip = Buffer.from(await zipOf(partsOf({ rows: '' })));
    zip.writeUInt16LE(60_000, zip.length - 12);
    zip.writeUInt16LE(60_000, zip.length - 14);
    assert.equal(await code(zip), 'FILE_TOO_COMPLEX');
  });
});

describe('a sheet of 1,048,576 rows', () => {
  it('that are styled and blank has the records that are not', async () => {
    const body = '<row s="1" customFormat="1" ht="15"><c s="1"/></row>';
    const rows = `${textRow('a', 'b')}${textRow('1', '2')}`;
    const file = await inflating({ rows }, SHEET, { head: `${OPEN_SHEET}${rows}`, body, times: 1_040_000 });
    // A stream of repetitions can't be closed by hand here, so the end is missing: it must say so, and not "no rows".
    const answer = await code(file);
    assert.ok(['FILE_TOO_COMPLEX', 'UNREADABLE_FILE'].includes(answer));
  });

  it('that are blank to the last is read in bounded memory', async () => {
    const blank = Array.from({ length: 300_000 }, (_, i) => `<row r="${i + 3}" s="1"><c r="A${i + 3}" s="1"/></row>`);
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
