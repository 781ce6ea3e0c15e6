import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cellText } from '../../src/domain/record.ts';
import { createDecoder } from '../../src/readers/decode.ts';
import { readAll, refused } from './reading.ts';

const bytes = (...parts: (string | number[] | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const latin = (text: string) => Buffer.from(text, 'latin1');
const UTF16BE = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('the encoding', () => {
  const text = 'name,city\nZoë Łukasz,Köln\n';
  const table = [['Zoë Łukasz', 'Köln']];
  const forms: [string, string, Buffer][] = [
    ['UTF-8', 'utf-8', Buffer.from(text)],
    ['UTF-8 with its mark', 'utf-8', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 LE with its mark', 'utf-16le', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16 BE with its mark', 'utf-16be', UTF16BE(`\uFEFF${text}`)],
    ['UTF-16 LE without mark', 'utf-16le', Buffer.from(text, 'utf16le')],
    ['UTF-16 BE without mark', 'utf-16be', UTF16BE(text)],
  ];
  for (const [what, name, content] of forms) {
    it(`of ${what} is found, and the rows are the same`, async () => {
      const { facts, header, cells } = await readAll(content);
      assert.equal(facts.encoding, name);
      assert.deepEqual([header, ...cells], [['name', 'city'], ...table]);
    });
  }

  it('of text that is no UTF-8 is windows-1252', async () => {
    const { facts, cells } = await readAll(latin('name,note\nJosé Müller,O\x92Brien \x80 5\nÁgnes,ÑANDÚ\n'));
    assert.equal(facts.encoding, 'windows-1252');
    assert.deepEqual(cells, [
      ['José Müller', 'O’Brien € 5'],
      ['Ágnes', 'ÑANDÚ'],
    ]);
  });

  it('is windows-1252 when one accented letter in a long file says so', async () => {
    const { facts, records } = await readAll(latin(`name\n${'Asha\n'.repeat(50_000)}José\n`));
    assert.equal(facts.encoding, 'windows-1252');
    assert.deepEqual(records.at(-1)?.cells, ['José']);
  });

  it('stays UTF-8 when only a few bytes are damaged, and only their cells are marked', async () => {
    const { facts, records } = await readAll(
      bytes('name,city\nZoë,Köln\nJos', [0xe9], ',Łódź\n', [0xff, 0xfe], 'x,a\\b\nRavi,C:\\x\n'),
    );
    assert.equal(facts.encoding, 'utf-8');
    assert.deepEqual(records, [
      { row: 1, line: 2, cells: ['Zoë', 'Köln'] },
      { row: 2, line: 3, cells: ['Jos\\xE9', 'Łódź'], damaged: [0] },
      { row: 3, line: 4, cells: ['\\xFF\\xFEx', 'a\\b'], damaged: [0] },
      { row: 4, line: 5, cells: ['Ravi', 'C:\\x'] },
    ]);
  });

  it('stays UTF-8 for a plain text with bytes that no western text has', async () => {
    for (const damage of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]]) {
      const { facts, records } = await readAll(bytes(`name\n${'Asha\n'.repeat(99)}Jo`, damage, 'hn\nRavi\n'));
      assert.equal(facts.encoding, 'utf-8');
      assert.deepEqual(
        records.filter(({ damaged }) => damaged).map(({ row }) => row),
        [100],
      );
    }
  });

  it('is what the user chose, unless a byte order mark says otherwise', async () => {
    assert.deepEqual(
      (await readAll(Buffer.from([0x61, 0x0a, 0xc8, 0xe2, 0xe0, 0xed]), { encoding: 'windows-1251' })).cells,
      [['Иван']],
    );
    assert.deepEqual(
      (await readAll(Buffer.from([0x61, 0x0a, 0x83, 0x65, 0x83, 0x58]), { encoding: 'Shift_JIS' })).cells,
      [['テス']],
    );
    assert.equal((await readAll('\uFEFFa\né\n', { encoding: 'windows-1252' })).facts.encoding, 'utf-8');
  });

  it('that nobody knows is INVALID_SETTINGS', async () => {
    assert.equal((await refused('a\n1\n', { encoding: 'klingon' })).code, 'INVALID_SETTINGS');
  });
});

describe('damaged text', () => {
  it('is escaped in its cell, with the backslashes there doubled', async () => {
    const { records } = await readAll('a,b\nx\\y\0z,c\\d\n1,2\n');
    assert.deepEqual(records, [
      { row: 1, line: 2, cells: ['x\\\\y\\x00z', 'c\\d'], damaged: [0] },
      { row: 2, line: 3, cells: ['1', '2'] },
    ]);
  });

  it('of a lone surrogate in UTF-16 is escaped, and its neighbours are fine', async () => {
    for (const order of ['le', 'be']) {
      const content = Buffer.from('\uFEFFa,b\nx\uD83Dy,😀\n\uDE00,z\n', 'utf16le');
      const { records } = await readAll(order === 'be' ? content.swap16() : content);
      assert.deepEqual(records, [
        { row: 1, line: 2, cells: ['x\\uD83Dy', '😀'], damaged: [0] },
        { row: 2, line: 3, cells: ['\\uDE00', 'z'], damaged: [0] },
      ]);
    }
  });

  it('of half a UTF-16 character at the end is escaped', async () => {
    const { records } = await readAll(Buffer.concat([Buffer.from('\uFEFFa\nx', 'utf16le'), Buffer.of(0x41)]));
    assert.deepEqual(records, [{ row: 1, line: 2, cells: ['x\\x41'], damaged: [0] }]);
  });

  it('of a byte that windows-1252 does not know is escaped', async () => {
    const { facts, records } = await readAll(latin('a,b\nJosé,x\x81y\n'));
    assert.equal(facts.encoding, 'windows-1252');
    assert.deepEqual(records[0], { row: 1, line: 2, cells: ['José', 'x\\x81y'], damaged: [1] });
  });

  it('does not include a real U+FFFD or U+FFFF: those are characters of the file', async () => {
    const { records } = await readAll('a,b\n\uFFFD,\uFFFFx41\n');
    assert.deepEqual(records, [{ row: 1, line: 2, cells: ['\uFFFD', '\uFFFFx41'] }]);
  });

  it('never becomes U+FFFD, and can be put back into the bytes it was', async () => {
    const someBytes = fc
      .uint8Array({ maxLength: 12 })
      .map((b) => b.filter((x) => ![0x22, 0x2c, 0x0a, 0x0d].includes(x)));
    await fc.assert(
      fc.asyncProperty(fc.array(someBytes, { minLength: 1, maxLength: 6 }), async (cells) => {
        const content = bytes(
          `Zoë Łódź ñ €${' '.repeat(2000)}\n`,
          ...cells.map((cell) => Buffer.concat([bytes('x'), cell, bytes('\n')])),
        );
        const { records } = await readAll(bytes('\uFEFF', content), { delimiter: ',' });
        for (const [i, record] of records.entries()) {
          const text = cellText(record.cells[0]);
          assert.ok(text.isWellFormed() && !text.includes('\0'));
          assert.deepEqual(record.damaged ? unescaped(text) : bytes(text), bytes('x', [...(cells[i] as Uint8Array)]));
        }
        assert.equal(records.length, cells.length);
      }),
    );
  });

  it('decodes the same however the file is cut into chunks', () => {
    const any = fc.oneof(
      fc.uint8Array(),
      fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
    );
    const names = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'windows-1251', 'shift_jis', 'gb18030', 'euc-kr'];
    fc.assert(
      fc.property(any, fc.constantFrom(...names), fc.nat(), (content, name, seed) => {
        const whole = createDecoder(name);
        const expected = Buffer.concat([whole.write(Buffer.from(content)), whole.end()]);
        const decoder = createDecoder(name);
        const parts: Buffer[] = [];
        for (let i = 0, n = 1; i < content.length; i += n, n = 1 + ((n * 7 + seed) % 4)) {
          parts.push(decoder.write(Buffer.from(content.slice(i, i + n))));
        }
        assert.deepEqual(Buffer.concat([...parts, decoder.end()]), expected);
      }),
    );
  });
});

function unescaped(text: string): Buffer {
  const parts = text.match(/\\\\|\\x[0-9A-F]{2}|[^\\]/gsu) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (part === '\\\\') return Buffer.from('\\');
      return part.startsWith('\\') ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part);
    }),
  );
}
