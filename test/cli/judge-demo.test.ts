import assert from 'node:assert/strict';
import { judgeDemo } from '../../src/cli/judge-demo.ts';
import { createImportView } from './import-view.ts';

describe("the demo's verdict", () => {
  const expected = { totalRows: 2000, created: 1900, skipped: 10, failed: 90 };
  const first = createImportView({ created: 1900, skipped: 10, failed: 90 }, { id: 'first' });
  const second = createImportView({ created: 0, skipped: 1910, failed: 90 }, { id: 'second' });

  it('is right when the counts are those of the fixture', () => {
    assert.deepEqual(judgeDemo(first, { expected, earlier: [] }), { isRight: true, text: 'exactly as expected' });
  });

  it('is wrong, naming the count, when one row more fails', () => {
    const view = createImportView({ created: 1899, skipped: 10, failed: 91 });
    const { isRight, text } = judgeDemo(view, { expected, earlier: [] });
    assert.equal(isRight, false);
    assert.match(text, /91 rows failed instead of 90/);
  });

  it('is wrong when the import did not complete', () => {
    const view = { ...first, status: 'CANCELLED' as const };
    assert.match(judgeDemo(view, { expected, earlier: [] }).text, /CANCELLED instead of COMPLETED/);
  });

  it('takes rows that are all skipped for right only where an earlier import created them', () => {
    assert.equal(judgeDemo(second, { expected, earlier: [first] }).isRight, true);
    assert.equal(judgeDemo(second, { expected, earlier: [] }).isRight, false);
  });
});
