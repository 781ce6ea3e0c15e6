import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openFile } from '../../src/readers/open-file.ts';
import { fileOf, readAll, refused } from './reading.ts';

describe('a CSV file', () => {
  it('is read as a header and numbered records with their lines', async () => {
    const { facts, header, records } = await readAll('name,phone\nAsha,+91\nRavi,+92\n');
    assert.deepEqual(facts, { type: 'csv', encoding: 'utf-8', delimiter: ',', sheet: null, sheets: [] });
    assert.deepEqual(header, ['name', 'phone']);
    assert.deepEqual(records, [
      { row: 1, line: 2, cells: ['Asha', '+91'] },
      { row: 2, line: 3, cells: ['Ravi', '+92'] },
    ]);
  });

  it('may mix CRLF, LF and CR', async () => {
    const { records } = await readAll('a,b\r\n1,2\n3,4\r5,6\r\n7,8');
    assert.deepEqual(
      records.map(({ line, cells }) => [line, ...cells]),
      [
        [2, '1', '2'],
        [3, '3', '4'],
        [4, '5', '6'],
        [5, '7', '8'],
      ],
    );
  });

  it('counts no blank line, and no line of separators alone, as a record', async () => {
    const { header, records } = await readAll('\n\r\na,b\n\n1,2\n,\n  \n\r\n3,4\n\n');
    assert.deepEqual(header, ['a', 'b']);
    assert.deepEqual(
      records.map(({ row, line }) => [row, line]),
      [
        [1, 5],
        [2, 9],
      ],
    );
  });

  it('keeps newlines inside quotes, and the lines of what follows stay right', async () => {
    const { records } = await readAll('a,b\r\n"one\r\ntwo\r\nthree",1\r\n\r\n"x\ny\rz",2\r\nlast,3\r\n');
    assert.deepEqual(records[0]?.cells, ['one\r\ntwo\r\nthree', '1']);
    assert.deepEqual(records[1]?.cells, ['x\ny\rz', '2']);
    assert.deepEqual(
      records.map(({ line }) => line),
      [2, 6, 9],
    );
  });

  it('may quote its header, with newlines and quotes in it', async () => {
    const { header, records } = await readAll('"na""me","two\nlines"\n1,2\n');
    assert.deepEqual(header, ['na"me', 'two\nlines']);
    assert.equal(records[0]?.line, 3);
  });

  it('keeps extra cells and short rows as they are', async () => {
    const { cells } = await readAll('a,b,c\n1,2,3,4,5\n1\n1,2,3,\n');
    assert.deepEqual(cells, [['1', '2', '3', '4', '5'], ['1'], ['1', '2', '3', '']]);
  });

  it('keeps the blanks around a cell', async () => {
    assert.deepEqual((await readAll('a,b\n x ,\t=1+1\n')).cells, [[' x ', '\t=1+1']]);
  });

  it('takes a quote within a cell as text, and text behind a closing quote as well', async () => {
    const { cells } = await readAll('a,b\n5" pipe,x\n"Acme" Motors,y\nz,w\n');
    assert.deepEqual(cells, [
      ['5" pipe', 'x'],
      ['"Acme" Motors', 'y'],
      ['z', 'w'],
    ]);
  });

  it('with only a header has no records', async () => {
    assert.deepEqual((await readAll('a,b\n')).records, []);
    assert.deepEqual((await readAll('a,b')).header, ['a', 'b']);
  });

  for (const [what, content] of Object.entries({
    'of no bytes': '',
    'of blank lines': '\r\n\n  \n',
    'of a byte order mark': '\uFEFF',
    'of a sep= line': 'sep=;\r\n',
    'of separators': ',,\n,,\n',
  })) {
    it(`${what} is EMPTY_FILE`, async () => {
      assert.equal((await refused(content)).code, 'EMPTY_FILE');
    });
  }

  it('whose first row is no header but a mass of cells or text is FILE_TOO_COMPLEX', async () => {
    assert.equal((await refused(`${'x,'.repeat(20_000)}\n1\n`)).code, 'FILE_TOO_COMPLEX');
    assert.equal((await refused(`${'x'.repeat(2_000_000)},b\n1,2\n`)).code, 'FILE_TOO_COMPLEX');
  });

  it('can be closed before it is read to its end', async () => {
    const file = await openFile(fileOf(`a,b\n${'1,2\n'.repeat(100_000)}`));
    for await (const batch of file.records) {
      assert.ok(batch.length <= 500);
      break;
    }
    await file.close();
    await file.close();
  });

  it('yields batches of at most 500 records, and smaller ones when cells are long', async () => {
    const sizes = async (content: string) => {
      const file = await openFile(fileOf(content));
      const found: number[] = [];
      for await (const batch of file.records) found.push(batch.length);
      return found;
    };
    assert.deepEqual(await sizes(`a,b\n${'1,2\n'.repeat(1200)}`), [500, 500, 200]);
    assert.ok(Math.max(...(await sizes(`a,b\n${`${'x'.repeat(90_000)},2\n`.repeat(40)}`))) <= 12);
  });

  it('whose rows all differ in width from the header costs no more than another', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => `${i},a,b,c,d`).join('\n');
    const timed = async (header: string) => {
      const from = process.cpuUsage();
      await readAll(`${header}\n${rows}`);
      return process.cpuUsage(from).user;
    };
    // The least of several: a collection of garbage, which is the whole process's, falls into one or the other.
    const least = { even: Number.POSITIVE_INFINITY, uneven: Number.POSITIVE_INFINITY };
    for (let n = 0; n < 4; n += 1) {
      least.even = Math.min(least.even, await timed('a,b,c,d,e'));
      least.uneven = Math.min(least.uneven, await timed('a,b,c,d'));
    }
    assert.ok(least.uneven < least.even * 2.5, JSON.stringify(least));
  });
});

describe('an unclosed quote', () => {
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `Asha ${from + i},+91,"Pune, IN"`).join('\n');

  it('at row 10 of 50,000 is refused with its line', async () => {
    const plain = Array.from({ length: 49_990 }, (_, i) => `Ravi ${i},+91,Pune`).join('\n');
    const failure = await refused(`name,phone,city\n${rows(1, 9)}\n"Ravi,+91,Pune\n${plain}\n`);
    assert.equal(failure.code, 'UNCLOSED_QUOTE');
    assert.equal(failure.detail?.line, 11);
    assert.match(failure.message, /line 11\b/);
  });

  it('is found at once when later rows hold quotes of their own', async () => {
    const failure = await refused(`name,phone,city\n${rows(1, 9)}\nRavi,"+91,Pune\n${rows(11, 50_000)}\n`);
    assert.equal(failure.code, 'UNCLOSED_QUOTE');
    assert.equal(failure.detail?.line, 11);
  });

  it('is told by its own line, not by that of its record', async () => {
    const failure = await refused('sep=,\r\na,b\r\n"x\r\ny","open\r\n1,2\r\n');
    assert.equal(failure.detail?.line, 4);
  });

  it('in the header is refused too', async () => {
    assert.equal((await refused('"a,b\n1,2\n3,4\n')).detail?.line, 1);
  });

  it('does not mean a long cell: of 10 MB in quotes the start is read, and the neighbours whole', async () => {
    const long = 'line, with "" quotes\n'.repeat(500_000);
    const { cells } = await readAll(`a,b\nbefore,1\n"${long}",2\nafter,3\n`);
    assert.match(
      String(cells[1]?.[0]),
      /^line, with " quotes\n(line, with " quotes\n)+… \(cut: it had 10000000 characters\)$/,
    );
    assert.deepEqual(
      [cells[0], cells[2]],
      [
        ['before', '1'],
        ['after', '3'],
      ],
    );
  });

  it('is judged the same wherever the chunks of the file end', async () => {
    for (let pad = 65_500; pad < 65_560; pad++) {
      const start = `a,b\n${'x'.repeat(pad)},1\n`;
      assert.deepEqual((await readAll(`${start}"q""\nq",2\n"z",3`)).cells.slice(1), [
        ['q"\nq', '2'],
        ['z', '3'],
      ]);
      assert.equal((await refused(`${start}"q""\nq"x,2\n`)).detail?.line, 3);
    }
  });
});

describe('the delimiter', () => {
  for (const delimiter of [',', ';', '\t', '|']) {
    it(`${JSON.stringify(delimiter)} is detected`, async () => {
      const lines = [['name', 'city', 'note'], ...Array(20).fill(['Asha', '"Pune, IN; x | y"', 'a, b; c'])];
      const text = lines.map((line) => line.join(delimiter).replace('a, b; c', 'ok')).join('\n');
      const { facts, header } = await readAll(text);
      assert.equal(facts.delimiter, delimiter);
      assert.equal(header.length, 3);
    });
  }

  it('is right when each row has a comma in its text', async () => {
    const { facts } = await readAll(`name;phone;date\n${'Patel, Asha;+91;2027-03-04\n'.repeat(50)}`);
    assert.equal(facts.delimiter, ';');
  });

  it('is right when the header has one separator less than its rows', async () => {
    const { facts, header, cells } = await readAll(`name;phone;note\n${'Asha;+91;a,b;\n'.repeat(5)}`);
    assert.equal(facts.delimiter, ';');
    assert.equal(header.length, 3);
    assert.deepEqual(cells[0], ['Asha', '+91', 'a,b', '']);
  });

  it('of a header alone is detected', async () => {
    assert.equal((await readAll('name;phone;date\n')).facts.delimiter, ';');
  });

  it('is a comma when there is one column', async () => {
    const { facts, cells } = await readAll('name\nAsha\n');
    assert.equal(facts.delimiter, ',');
    assert.deepEqual(cells, [['Asha']]);
  });

  it('is what a sep= line says, and that line is no header', async () => {
    const { facts, header, records } = await readAll('sep=|\r\na|b,c\r\n1|2,3\r\n');
    assert.equal(facts.delimiter, '|');
    assert.deepEqual(header, ['a', 'b,c']);
    assert.deepEqual(records, [{ row: 1, line: 3, cells: ['1', '2,3'] }]);
  });

  it('is what the user chose', async () => {
    assert.deepEqual((await readAll('a,b;c\n', { delimiter: ';' })).header, ['a,b', 'c']);
    assert.deepEqual((await readAll('a,b\tc\n', { delimiter: 'tab' })).header, ['a,b', 'c']);
  });

  it('that can be none is INVALID_SETTINGS', async () => {
    assert.equal((await refused('a,b\n', { delimiter: '"' })).code, 'INVALID_SETTINGS');
    assert.equal((await refused('a,b\n', { delimiter: 'abc' })).code, 'INVALID_SETTINGS');
  });
});

/** As a spreadsheet writes it: quotes where needed, or everywhere. */
function csvOf(table: string[][], style: { delimiter: string; newline: string; quoteAll: boolean }): string {
  const needsQuotes = (cell: string) => style.quoteAll || /[",;\t|\r\n]/.test(cell);
  const line = (cells: string[]) =>
    cells.map((cell) => (needsQuotes(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(style.delimiter);
  return table.map((cells) => line(cells) + style.newline).join('');
}

describe('any table', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', ',', ';', '\t', '|', '\n', '\r', ' ', 'é', 'x', '\\', '\uFFFF', '\uFEFF') }),
  );
  const style = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    quoteAll: fc.boolean(),
  });
  const table = fc
    .integer({ min: 1, max: 5 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 8 }))
    .map((rows) => rows.map((cells, i) => [`row ${i}`, ...cells]));

  for (const encoding of ['utf-8', 'utf-8 with mark', 'utf-16le', 'utf-16be'] as const) {
    it(`reads back equal from ${encoding}, with any delimiter and newline`, async () => {
      await fc.assert(
        fc.asyncProperty(table, style, async (rows, how) => {
          const text = csvOf([['first', ...Array((rows[0]?.length ?? 2) - 1).fill('next')], ...rows], how);
          const read = await readAll(encoded(text, encoding), { delimiter: how.delimiter });
          assert.equal(read.facts.encoding, encoding.split(' ')[0]);
          assert.deepEqual(read.cells, rows);
          assert.ok(read.records.every(({ damaged }) => damaged === undefined));
        }),
        { numRuns: 60 },
      );
    });
  }

  it('of western letters reads back equal from windows-1252', async () => {
    const western = fc.string({ unit: fc.constantFrom(...'aZ ,;"\n', ...'éèüößñÅÇœŠ€’“”–') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(western, western)), style, async (rows, how) => {
        const table = [['first', 'next', 'more'], ...rows.map(([a, b]) => ['Zoë', a, b])];
        const bytes = to1252(csvOf(table, how));
        const read = await readAll(bytes, { delimiter: how.delimiter, encoding: 'windows-1252' });
        assert.deepEqual([read.header, ...read.cells], table);
      }),
      { numRuns: 60 },
    );
  });

  it('gets the line of each record right', async () => {
    await fc.assert(
      fc.asyncProperty(table, style, async (rows, how) => {
        const blank = (i: number) => how.newline.repeat(i % 3);
        const text = ['a', ...rows.map((cells, i) => blank(i) + csvOf([cells], how))];
        const { records } = await readAll(`a${how.newline}${text.slice(1).join('')}`, { delimiter: how.delimiter });
        let line = 2;
        for (const [i, record] of records.entries()) {
          line += i % 3;
          assert.equal(record.line, line);
          line += 1 + (rows[i] as string[]).join('\0').split(/\r\n|\r|\n/).length - 1;
        }
      }),
      { numRuns: 60 },
    );
  });
});

function encoded(text: string, encoding: 'utf-8' | 'utf-8 with mark' | 'utf-16le' | 'utf-16be'): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-8 with mark') return Buffer.from(`\uFEFF${text}`);
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

// By hand: Node 20 decodes windows-1252 as ISO 8859-1.
const HIGH_1252: Record<string, number> = {
  '€': 0x80,
  Š: 0x8a,
  œ: 0x9c,
  Œ: 0x8c,
  '’': 0x92,
  '“': 0x93,
  '”': 0x94,
  '–': 0x96,
};
const to1252 = (text: string) => Uint8Array.from([...text].map((c) => HIGH_1252[c] ?? c.charCodeAt(0)));
