import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { fileOf, readAll, refused } from './reading.ts';
import { type HandMade, partsOf, textRow, workbook, zipOf } from './workbooks.ts';

const date = (text: string) => ({ kind: 'date', text });
const number = (text: string) => ({ kind: 'number', text });

async function written(fill: (book: ExcelJS.Workbook) => void): Promise<Uint8Array> {
  const book = new ExcelJS.Workbook();
  fill(book);
  return new Uint8Array(await book.xlsx.writeBuffer());
}

/** The cells of the first row after a header of five columns. */
async function cellsOf(made: Omit<HandMade, 'rows'> & { cells: string }) {
  const rows = `${textRow('a', 'b', 'c', 'd', 'e')}<row>${made.cells}</row>`;
  return (await readAll(await workbook({ ...made, rows }))).cells[0];
}

describe('an XLSX file', () => {
  it('is read as a header and numbered records with the rows of the sheet', async () => {
    const content = await written((book) => {
      const sheet = book.addWorksheet('Bookings');
      sheet.getRow(2).values = ['name', 'phone'];
      sheet.getRow(4).values = ['Asha', '+91'];
      sheet.getRow(5).values = ['', '  '];
      sheet.getRow(9).values = ['Ravi', '007'];
    });
    const { facts, header, records } = await readAll(content);
    assert.deepEqual(facts, { type: 'xlsx', encoding: null, delimiter: null, sheet: 'Bookings', sheets: ['Bookings'] });
    assert.deepEqual(header, ['name', 'phone']);
    assert.deepEqual(records, [
      { row: 1, line: 4, cells: ['Asha', '+91'] },
      { row: 2, line: 9, cells: ['Ravi', '007'] },
    ]);
  });

  it('keeps the kinds of cells apart, and shows the rest as its text', async () => {
    const content = await written((book) => {
      const sheet = book.addWorksheet('One');
      sheet.addRow(['a', 'b', 'c', 'd', 'e']);
      sheet.addRow(['0049123', 919812345678, new Date(Date.UTC(2027, 2, 4, 10)), true, false]);
      sheet.addRow([
        { richText: [{ text: 'Asha ', font: { bold: true } }, { text: 'Sharma' }] },
        { text: 'mail', hyperlink: 'mailto:a@example.com' },
        { error: '#N/A' },
        { formula: 'A1', result: { error: '#REF!' } },
        { formula: 'A1', result: 'cached' },
      ]);
      sheet.addRow([{ formula: '1+1', result: 2 }, { formula: 'TRUE()', result: true }, { formula: 'B2&C2' }]);
    });
    assert.deepEqual((await readAll(content)).cells, [
      ['0049123', number('919812345678'), date('2027-03-04T10:00:00'), 'TRUE', 'FALSE'],
      ['Asha Sharma', 'mail', '#N/A', '#REF!', 'cached'],
      [number('2'), 'TRUE', '=B2&C2'],
    ]);
  });

  it('of the streaming writer, with strings inline or shared, reads back equal', async () => {
    for (const useSharedStrings of [true, false]) {
      const path = fileOf('', 'streamed.xlsx');
      const book = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: path, useSharedStrings, useStyles: true });
      const sheet = book.addWorksheet('One');
      for (let i = 0; i < 3000; i++) sheet.addRow([`Zoë ${i} 😀`, i, 'same']).commit();
      await book.commit();
      const { cells } = await readAll((await import('node:fs')).readFileSync(path));
      assert.equal(cells.length, 2999);
      assert.ok(cells.every((row, i) => row[0] === `Zoë ${i + 1} 😀` && row[2] === 'same'));
    }
  });

  it('with any table of text reads back equal', async () => {
    const cell = fc
      .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'<>&"\'_x0;=\n\té') }))
      // Control characters and a typed "_x0041_" are lost by the writer, \r by XML itself.
      .filter((text) => !/(?![\n\t])\p{Cc}|[\uFFFE\uFFFF]|_x[0-9a-f]{4}_/iu.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), async (rows) => {
        const content = await written((book) => book.addWorksheet('One').addRows([['a', 'b', 'c'], ...rows]));
        const expected = rows.filter((cells) => cells.some((text) => text.trim() !== ''));
        const read = await readAll(content);
        assert.deepEqual(
          read.cells.map((cells) => [...cells, '', '', ''].slice(0, 3)),
          expected,
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('the sheet', () => {
  const several = written((book) => {
    book.addWorksheet('Secret', { state: 'hidden' }).addRow(['hidden']);
    book.addWorksheet('Deep', { state: 'veryHidden' }).addRow(['deep']);
    book.addWorksheet('R&D "x" <a> &amp;').addRow(['first visible']);
    book.addWorksheet('Last').addRow(['last']);
  });

  it('is the first visible one, and all are named', async () => {
    const { facts, header } = await readAll(await several);
    assert.equal(facts.sheet, 'R&D "x" <a> &amp;');
    assert.deepEqual(facts.sheets, ['Secret', 'Deep', 'R&D "x" <a> &amp;', 'Last']);
    assert.deepEqual(header, ['first visible']);
  });

  it('is the one that was chosen, hidden ones too, whatever the case', async () => {
    assert.deepEqual((await readAll(await several, { sheet: 'Secret' })).header, ['hidden']);
    assert.deepEqual((await readAll(await several, { sheet: 'LAST ' })).header, ['last']);
  });

  it('that is not there is SHEET_NOT_FOUND, and says which there are', async () => {
    const failure = await refused(await several, { sheet: 'Nope' });
    assert.equal(failure.code, 'SHEET_NOT_FOUND');
    assert.deepEqual(failure.detail?.allowed, ['Secret', 'Deep', 'R&D "x" <a> &amp;', 'Last']);
  });

  it('without any cell is EMPTY_FILE', async () => {
    assert.equal((await refused(await written((book) => void book.addWorksheet('One')))).code, 'EMPTY_FILE');
    assert.equal((await refused(await workbook({ rows: '<row r="1"><c r="A1"/></row>' }))).code, 'EMPTY_FILE');
  });

  it('with only a header has no records', async () => {
    assert.deepEqual((await readAll(await workbook({ rows: textRow('a', 'b') }))).records, []);
  });

  it('may be called sheet.xml, and be named by an absolute path', async () => {
    for (const sheetPart of ['worksheets/sheet.xml', 'worksheets/Bookings.XML']) {
      assert.deepEqual((await readAll(await workbook({ rows: textRow('a'), sheetPart }))).header, ['a']);
    }
    const parts = partsOf({ rows: textRow('a') });
    const rels = 'xl/_rels/workbook.xml.rels';
    parts[rels] = (parts[rels] as string).replace('"worksheets/', '"/xl/worksheets/');
    assert.deepEqual((await readAll(await zipOf(parts))).header, ['a']);
  });

  it('is read right when the workbook, its styles and its strings come after it in the zip', async () => {
    const parts = partsOf({
      rows: '<row><c t="s"><v>0</v></c></row><row><c s="1"><v>46450.5</v></c></row>',
      strings: '<si><t>when</t></si>',
      formats: [0, 14],
    });
    const { header, cells } = await readAll(await zipOf(Object.fromEntries(Object.entries(parts).reverse())));
    assert.deepEqual([header, cells], [['when'], [[date('2027-03-04T12:00:00')]]]);
  });

  it('may write its elements with a prefix', async () => {
    const parts = partsOf({ rows: '', strings: '' });
    const prefixed = (xml: string) =>
      xml
        .replace(/<(\/?)(?!\?)/g, '<$1x:')
        .replaceAll('xmlns="http://schemas.openxmlformats.org/sp', 'xmlns:x="http://schemas.openxmlformats.org/sp');
    for (const name of ['xl/workbook.xml', 'xl/styles.xml', 'xl/sharedStrings.xml'])
      parts[name] = prefixed(parts[name] as string);
    parts['xl/worksheets/sheet1.xml'] = prefixed(
      partsOf({ rows: `${textRow('a', 'b')}${textRow('1', '2')}` })['xl/worksheets/sheet1.xml'] as string,
    );
    const { header, cells } = await readAll(await zipOf(parts));
    assert.deepEqual([header, cells], [['a', 'b'], [['1', '2']]]);
  });

  it('may leave out where its cells and rows stand', async () => {
    const rows = `${textRow('a', 'b', 'c')}<row><c r="B2"><v>1</v></c><c><v>2</v></c></row><row r="7"><c><v>3</v></c></row>`;
    const { records } = await readAll(await workbook({ rows }));
    assert.deepEqual(records, [
      { row: 1, line: 2, cells: ['', number('1'), number('2')] },
      { row: 2, line: 7, cells: [number('3')] },
    ]);
  });

  it('may be written in UTF-16', async () => {
    const parts: Record<string, string | Uint8Array> = partsOf({ rows: textRow('Zoë', 'Łódź') });
    const sheet = 'xl/worksheets/sheet1.xml';
    parts[sheet] = Buffer.from(`\uFEFF${(parts[sheet] as string).replace('UTF-8', 'UTF-16')}`, 'utf16le');
    assert.deepEqual((await readAll(await zipOf(parts))).header, ['Zoë', 'Łódź']);
  });
});

describe('the header of a sheet', () => {
  it('loses blank cells at its end when nothing stands below them', async () => {
    const content = await written((book) => {
      const sheet = book.addWorksheet('One');
      sheet.addRow(['a', 'b']);
      sheet.addRow(['1', '2']);
      for (const cell of ['C1', 'D1', 'F2', 'C3']) sheet.getCell(cell).font = { bold: true };
    });
    const { header, cells } = await readAll(content);
    assert.deepEqual([header, cells], [['a', 'b'], [['1', '2']]]);
  });

  it('keeps a column without a heading that holds something, however far down', async () => {
    const content = await written((book) => {
      const sheet = book.addWorksheet('One');
      sheet.addRow(['a', 'b']);
      for (let i = 0; i < 700; i++) sheet.addRow(['1', '2']);
      sheet.getCell('D650').value = 'seen';
    });
    assert.deepEqual((await readAll(content)).header, ['a', 'b', '', '']);
  });

  it('keeps a blank cell between others', async () => {
    assert.deepEqual((await readAll(await workbook({ rows: textRow('a', '', 'c') }))).header, ['a', '', 'c']);
  });
});

describe('a text cell of a sheet', () => {
  const si = (...strings: string[]) => strings.map((xml) => `<si>${xml}</si>`).join('');
  const refs = (n: number) => Array.from({ length: n }, (_, i) => `<c t="s"><v>${i}</v></c>`).join('');

  it('joins all its runs and ignores phonetic hints, shared or inline', async () => {
    const rich = '<r><t>Asha </t></r><r><rPr><b/></rPr><t xml:space="preserve">Sharma </t></r><r><t>II</t></r>';
    const hinted = '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>';
    const inline = `<c t="inlineStr"><is>${rich}</is></c><c t="inlineStr"><is>${hinted}</is></c>`;
    assert.deepEqual(await cellsOf({ strings: si(rich, hinted), cells: refs(2) + inline }), [
      'Asha Sharma II',
      '東京',
      'Asha Sharma II',
      '東京',
    ]);
  });

  it('has its _x000D_ decoded, and its _x005F_ too', async () => {
    const cells = '<c t="str"><v>a_x000D_b</v></c><c t="inlineStr"><is><t>_x005F_x000D_</t></is></c>';
    assert.deepEqual(await cellsOf({ strings: si('<t>x_x000A_y</t>'), cells: refs(1) + cells }), [
      'x\ny',
      'a\rb',
      '_x000D_',
    ]);
  });

  it('that hides a NUL or half a surrogate is marked as damaged', async () => {
    const rows = `${textRow('a', 'b')}<row><c t="inlineStr"><is><t>fine\\</t></is></c><c t="inlineStr"><is><t>x_x0000__xD83D_\\</t></is></c></row>`;
    assert.deepEqual((await readAll(await workbook({ rows }))).records[0], {
      row: 1,
      line: 2,
      cells: ['fine\\', 'x\\x00\\uD83D\\\\'],
      damaged: [1],
    });
  });

  it('keeps a leading tab, equals sign and zero', async () => {
    assert.deepEqual(
      await cellsOf({
        strings: si('<t xml:space="preserve">\tx</t>', '<t>=HYPERLINK("x")</t>', '<t>007</t>'),
        cells: refs(3),
      }),
      ['\tx', '=HYPERLINK("x")', '007'],
    );
  });

  it('is never cut at the border of two chunks', async () => {
    const rows = Array.from({ length: 9000 }, (_, i) => textRow(`東京😀é ${i}`));
    const { header, cells } = await readAll(await workbook({ rows: rows.join('') }));
    assert.deepEqual(
      [header, ...cells].flat(),
      rows.map((_, i) => `東京😀é ${i}`),
    );
  });

  it('that names a string which is not there makes the file UNREADABLE_FILE', async () => {
    for (const v of ['7', '-1', 'x']) {
      const rows = `<row><c t="s"><v>${v}</v></c></row>`;
      assert.equal((await refused(await workbook({ rows, strings: si('<t>a</t>') }))).code, 'UNREADABLE_FILE');
    }
  });
});

describe('a number cell', () => {
  const v = (...values: string[]) => values.map((value) => `<c><v>${value}</v></c>`).join('');

  it('keeps the digits as stored, so that lost ones can be seen', async () => {
    assert.deepEqual(await cellsOf({ cells: v('12345678901234567890', '1E+20', '1.2345678901234568E+19', '-5') }), [
      number('12345678901234567890'),
      number('1E+20'),
      number('1.2345678901234568E+19'),
      number('-5'),
    ]);
  });

  it('that is an exact integer has neither exponent nor fraction, and a fraction no noise', async () => {
    assert.deepEqual(await cellsOf({ cells: v('9.19812345678E+11', '919812345678.0', '0.10000000000000001', '1.5') }), [
      number('919812345678'),
      number('919812345678'),
      number('0.1'),
      number('1.5'),
    ]);
  });
});

describe('a date cell', () => {
  const dated = (values: string[], more: Partial<HandMade> = {}) =>
    cellsOf({
      formats: [0, 22],
      ...more,
      cells: values.map((value) => `<c s="1"><v>${value}</v></c>`).join(''),
    });

  it('is its wall clock in both epochs', async () => {
    assert.deepEqual(await dated(['46450.416666666664', '1', '59', '61', '2958465']), [
      date('2027-03-04T10:00:00'),
      date('1900-01-01T00:00:00'),
      date('1900-02-28T00:00:00'),
      date('1900-03-01T00:00:00'),
      date('9999-12-31T00:00:00'),
    ]);
    assert.deepEqual(await dated(['44988.416666666664', '0', '59', '60'], { date1904: true }), [
      date('2027-03-04T10:00:00'),
      date('1904-01-01T00:00:00'),
      date('1904-02-29T00:00:00'),
      date('1904-03-01T00:00:00'),
    ]);
  });

  it('is rounded to the second, over midnight too', async () => {
    assert.deepEqual(await dated(['46450.41666666424', '46450.999999999']), [
      date('2027-03-04T10:00:00'),
      date('2027-03-05T00:00:00'),
    ]);
  });

  it('that shows no date in Excel is a number, and one below a day a time', async () => {
    assert.deepEqual(await dated(['-1', '60', '2958466', '0.4375']), [
      number('-1'),
      number('60'),
      number('2958466'),
      '10:30:00',
    ]);
  });

  it('may be the result of a formula, or be written in ISO 8601', async () => {
    const cells =
      '<c s="1"><f>TODAY()</f><v>46450</v></c><c t="d"><v>2027-03-04T10:00:00</v></c><c t="d"><v>2027-03-04</v></c><c t="d"><v>2027-03-04T10:00:00.000Z</v></c>';
    assert.deepEqual(await cellsOf({ formats: [0, 14], cells }), [
      date('2027-03-04T00:00:00'),
      date('2027-03-04T10:00:00'),
      date('2027-03-04T00:00:00'),
      date('2027-03-04T10:00:00'),
    ]);
  });

  const codes: [string, 'date' | 'number'][] = [
    ['dd/mm/yyyy', 'date'],
    ['[$-409]d\\-mmm\\-yy;@', 'date'],
    ['yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;', 'date'],
    ['mmm', 'date'],
    ['hh:mm', 'date'],
    ['#,##0.00\\ &quot;days&quot;', 'number'],
    ['0\\d', 'number'],
    ['[Red]0.00;[Blue]-0.00', 'number'],
    ['0.00E+00', 'number'],
    ['[h]:mm:ss', 'number'],
    ['General', 'number'],
    ['_-* #,##0.00\\ _d_-', 'number'],
    ['000000', 'number'],
  ];
  for (const [code, kind] of codes) {
    it(`formatted ${code} is a ${kind}`, async () => {
      const [cell] = (await dated(['46450'], { formats: [0, 164], codes: [code] })) as unknown as [{ kind: string }];
      assert.equal(cell.kind, kind);
    });
  }

  it('with a built-in East Asian format is a date', async () => {
    assert.deepEqual(await dated(['46450'], { formats: [0, 31] }), [date('2027-03-04T00:00:00')]);
  });

  it('written by exceljs is the same day in every zone of the reading process, in both epochs', async () => {
    for (const date1904 of [false, true]) {
      const content = await written((book) => {
        book.properties.date1904 = date1904;
        const sheet = book.addWorksheet('One');
        sheet.addRow(['a', 'b']);
        const when = new Date(Date.UTC(2027, 2, 28, 2, 30));
        sheet.addRow([when, { formula: 'A2', result: when }]);
        sheet.getCell('B2').numFmt = 'dd/mm/yyyy hh:mm';
      });
      const path = fileOf(content, 'dates.xlsx');
      const script = `const { openFile } = await import(${JSON.stringify(new URL('../../src/readers/open-file.ts', import.meta.url).href)});
        const file = await openFile(${JSON.stringify(path)});
        for await (const [record] of file.records) console.log(JSON.stringify(record.cells));`;
      for (const TZ of ['Pacific/Kiritimati', 'America/Los_Angeles', 'Europe/Berlin']) {
        const out = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
          env: { ...process.env, TZ },
        });
        assert.deepEqual(JSON.parse(String(out)), [date('2027-03-28T02:30:00'), date('2027-03-28T02:30:00')]);
      }
    }
  });
});
