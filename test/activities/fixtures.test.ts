import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { EXPECTED } from '../../fixtures/expected.ts';
import { runImport } from '../support/run-import.ts';
import { openStore, type Store } from '../support/store.ts';

const fixture = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url);

describe('the fixtures', function () {
  this.timeout(60_000);
  let store: Store;
  beforeEach(async () => {
    store = await openStore({ dealers: false });
    await store.run(await readFile(fixture('test_data.sql'), 'utf8'));
  });
  afterEach(() => store.close());

  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`${name} comes to what was planted in it`, async () => {
      const view = await runImport(store, await readFile(fixture(name)));
      const { created, skipped, failed, warned } = view.rows;
      assert.deepEqual(
        { created, skipped, failed, warned, totalRows: view.totalRows, byType: view.errorSummary.byType },
        {
          created: expected.created,
          skipped: expected.skipped,
          failed: expected.failed,
          warned: expected.warned,
          totalRows: expected.totalRows,
          byType: expected.byType,
        },
      );
      assert.deepEqual(view.warningSummary.byType, expected.byWarning);
    });
  }

  it('test_data.sql can be loaded twice', async () => {
    const count = () => store.rows('select (select count(*) from bookings) as b, (select count(*) from advisors) as a');
    const once = await count();
    await store.run(await readFile(fixture('test_data.sql'), 'utf8'));
    assert.deepEqual(await count(), once);
  });
});
