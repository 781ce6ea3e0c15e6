import assert from 'node:assert/strict';
import { describeImport, exitCodeOf } from '../../src/cli/describe-import.ts';
import { createImportView } from './import-view.ts';

describe('how an import is told on the command line', () => {
  it('names its counts and the reasons of the failed rows', () => {
    const errorSummary = { byType: { PHONE: 2, DATE: 1 }, byField: {} };
    const text = describeImport(createImportView({ created: 7, skipped: 1, failed: 2 }, { errorSummary }));
    assert.match(text, /10 rows: 7 created, 0 updated, 1 skipped, 2 failed\n/);
    assert.match(text, /failed rows by reason: PHONE 2, DATE 1$/);
  });

  it('says why it failed', () => {
    const reason = { code: 'MISSING_COLUMNS', message: 'dealer_code is missing' };
    const text = describeImport(createImportView({}, { status: 'FAILED', reason }));
    assert.match(text, /FAILED \(MISSING_COLUMNS: dealer_code is missing\)/);
  });

  it('is exit code 0 when every row is in', () => assert.equal(exitCodeOf(createImportView({ created: 3 })), 0));

  it('is exit code 1 when some rows failed', () => {
    assert.equal(exitCodeOf(createImportView({ created: 3, failed: 1 })), 1);
  });

  it('is exit code 2 when it failed, was cancelled or waits for a person', () => {
    for (const status of ['FAILED', 'CANCELLED', 'PROCESSING'] as const) {
      assert.equal(exitCodeOf(createImportView({ created: 3 }, { status })), 2, status);
    }
  });
});
