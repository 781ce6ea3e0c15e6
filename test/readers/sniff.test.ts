import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import ExcelJS from 'exceljs';
import { fileOf, readPath, refused, refusedPath } from './reading.ts';
import { zipOf } from './workbooks.ts';

/** A compound file as Office made them: a header, and a directory with these names. */
function compoundFile(...names: string[]): Buffer {
  const head = Buffer.alloc(512);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(head);
  const entries = names.map((name) => {
    const entry = Buffer.alloc(128);
    entry.write(name, 'utf16le');
    return entry;
  });
  return Buffer.concat([head, ...entries, Buffer.alloc(1024)]);
}

describe('what a file is', () => {
  it('is judged by its content: a workbook named .csv is a workbook', async () => {
    const book = new ExcelJS.Workbook();
    book.addWorksheet('One').addRow(['a']);
    const { facts } = await readPath(fileOf(new Uint8Array(await book.xlsx.writeBuffer()), 'bookings.csv'));
    assert.equal(facts.type, 'xlsx');
  });

  it('is judged by its content: text named .xlsx is a CSV file', async () => {
    assert.equal((await readPath(fileOf('a,b\n1,2\n', 'bookings.xlsx'))).facts.type, 'csv');
  });

  it('that is a web page named .xlsx is refused as one', async () => {
    for (const page of ['<html><table><tr><td>a</td></tr></table></html>', '\uFEFF\r\n<!DOCTYPE html>\n<p>a,b']) {
      const failure = await refusedPath(fileOf(page, 'export.xlsx'));
      assert.equal(failure.code, 'UNSUPPORTED_FILE_TYPE');
      assert.match(failure.message, /web page/);
    }
  });

  const others: Record<string, string | Uint8Array> = {
    'a PDF document': '%PDF-1.7\n1 0 obj\n',
    'an XML file': '<?xml version="1.0"?><Workbook/>',
    'a JSON file': '[{"a": 1}]',
    'a picture': Buffer.from('89504e470d0a1a0a', 'hex'),
    'a compressed archive': Buffer.from('1f8b08000000', 'hex'),
    'random bytes': randomBytes(5000),
    'many random bytes': randomBytes(200_000),
  };
  for (const [what, content] of Object.entries(others)) {
    it(`that is ${what} is UNSUPPORTED_FILE_TYPE, and says what is allowed`, async () => {
      const failure = await refused(content);
      assert.equal(failure.code, 'UNSUPPORTED_FILE_TYPE');
      assert.deepEqual(failure.detail?.allowed, ['csv', 'xlsx']);
    });
  }

  it('that is an old Excel file is LEGACY_XLS', async () => {
    assert.equal((await refused(compoundFile('Root Entry', 'Workbook'))).code, 'LEGACY_XLS');
    assert.equal((await refused(compoundFile('Root Entry', 'Book'))).code, 'LEGACY_XLS');
  });

  it('that is an encrypted workbook is ENCRYPTED_FILE', async () => {
    const content = compoundFile('Root Entry', 'DataSpaces', 'EncryptionInfo', 'EncryptedPackage');
    assert.equal((await refused(content)).code, 'ENCRYPTED_FILE');
  });

  it('that is another old Office file is UNSUPPORTED_FILE_TYPE', async () => {
    assert.equal((await refused(compoundFile('Root Entry', 'WordDocument'))).code, 'UNSUPPORTED_FILE_TYPE');
  });

  const zips: [string, Record<string, string>, RegExp][] = [
    ['a Word document', { '_rels/.rels': '<Relationships/>', 'word/document.xml': '<x/>' }, /Word/],
    ['an OpenDocument file', { mimetype: 'application/vnd.oasis', 'content.xml': '<x/>' }, /OpenDocument/],
    ['a binary workbook', { '_rels/.rels': '<Relationships/>', 'xl/workbook.bin': 'x' }, /xlsb/],
    ['a zip archive', { 'readme.txt': 'x' }, /zip archive/],
  ];
  for (const [what, parts, words] of zips) {
    it(`that is ${what} is UNSUPPORTED_FILE_TYPE and says so`, async () => {
      const failure = await refused(await zipOf(parts));
      assert.equal(failure.code, 'UNSUPPORTED_FILE_TYPE');
      assert.match(failure.message, words);
    });
  }

  it('that is an empty zip is UNSUPPORTED_FILE_TYPE', async () => {
    assert.equal((await refused(await zipOf({}))).code, 'UNSUPPORTED_FILE_TYPE');
  });
});
