import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ERROR_COLUMNS,
  escapeFormula,
  isErrorReport,
  restoreDamaged,
  unescapeFormula,
} from '../../src/domain/csv-safety.ts';
import { escapeBadText, restoreCell } from '../../src/readers/damage.ts';

const nasty = fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', '＝', 'a', '1', ' ') });

describe('escapeFormula', () => {
  it('leaves no cell that a spreadsheet would run', () => {
    for (const text of ['=1+1', '+49', '-1', '@SUM(A1)', '\t=1', '\rx', '＝1'])
      assert.equal(escapeFormula(text), `'${text}`);
    fc.assert(fc.property(nasty, (text) => !/^[=+\-@\t\r\n]/.test(escapeFormula(text))));
  });

  it('leaves any other cell as it is', () => {
    for (const text of ['', 'Asha', "O'Brien", "'quoted'", '1+1', ' =1']) assert.equal(escapeFormula(text), text);
  });

  it('is taken back exactly, whatever the cell began with', () => {
    fc.assert(fc.property(fc.oneof(nasty, fc.string()), (text) => unescapeFormula(escapeFormula(text)) === text));
  });

  it('tells texts apart that differ by an apostrophe', () => {
    fc.assert(fc.property(nasty, (text) => escapeFormula(text) !== escapeFormula(`'${text}`)));
  });
});

describe('isErrorReport', () => {
  it('knows a report by all five of its columns', () => {
    assert.ok(isErrorReport(['a', ...ERROR_COLUMNS]));
    assert.ok(!isErrorReport(['a', ...ERROR_COLUMNS.slice(1)]));
  });
});

describe('restoreDamaged', () => {
  it('gives the bytes as they were', () => {
    assert.deepEqual(
      restoreDamaged('Zo\\xE9 \\\\x41 \\x00'),
      Buffer.from([...Buffer.from('Zo\xe9 \\x41 \0', 'latin1')]),
    );
  });

  it('writes half a surrogate pair so that it is read as damaged again', () => {
    assert.deepEqual(restoreDamaged('\\uD83D'), Buffer.from([0xed, 0xa0, 0xbd]));
  });

  it("takes back the readers' escapes of any text with a NUL", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { text: escaped, damaged } = escapeBadText(`${text}\0\\x41`);
        assert.ok(damaged);
        assert.equal(restoreDamaged(escaped).toString(), `${text}\0\\x41`);
        assert.ok(restoreCell(`${text}\0`).damaged);
      }),
    );
  });
});
