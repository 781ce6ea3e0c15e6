import assert from 'node:assert/strict';
import { readAll, refused } from './reading.ts';
import { textRow, workbook } from './workbooks.ts';

const LONG = 'x'.repeat(100_001);
const CUT = `${'x'.repeat(100_000)}… (cut: it had 100001 characters)`;

describe('a record', () => {
  it('with a cell beyond 100,000 characters keeps its start and says that it is cut, in a CSV as in a workbook', async () => {
    const csv = await readAll(`a,b\n${LONG},1\n${LONG.slice(1)},2\n`);
    assert.deepEqual(csv.cells, [
      [CUT, '1'],
      [LONG.slice(1), '2'],
    ]);
    const xlsx = await readAll(await workbook({ rows: textRow('a', 'b') + textRow(LONG, '1') }));
    assert.deepEqual(xlsx.cells, [[CUT, '1']]);
  });

  it('is cut between characters, not within one', async () => {
    const { cells } = await readAll(`a,b\n${'x'.repeat(99_999)}😀y,1\n`);
    assert.match(String(cells[0]?.[0]), /x… \(cut: it had 100002 characters\)$/);
  });

  it('with damaged bytes where it is cut is damaged, and holds no mark of the reader', async () => {
    for (const before of [99_996, 99_998, 99_999]) {
      const { records } = await readAll(
        Buffer.from(`a,b\né${'x'.repeat(before)}\0${'\x01'.repeat(5)}\xff,1\n`, 'latin1'),
      );
      assert.doesNotMatch(String(records[0]?.cells[0]), /\uFFFF/);
    }
  });

  it('of more than 2,000 cells keeps those, and one that stands for the others', async () => {
    const { cells } = await readAll(`a,b\n${'1,'.repeat(20_000)}1\n3,4\n`);
    assert.deepEqual([cells[0]?.length, cells[0]?.at(-1)], [2_001, '… (18001 more cells)']);
    assert.deepEqual(cells[1], ['3', '4']);
  });

  it('of more than a million characters is refused, wherever in the file, line end or not', async () => {
    const row = Array(12).fill('y'.repeat(90_000)).join(',');
    for (const content of [`a,b\n${row}\n1,2\n`, `a,b\n1,2\n${row}`])
      assert.equal((await refused(content)).code, 'FILE_TOO_COMPLEX');
  });
});
