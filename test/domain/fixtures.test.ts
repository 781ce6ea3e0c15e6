import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { buildFixtures } from '../../fixtures/build-fixtures.ts';
import { EXPECTED } from '../../fixtures/expected.ts';
import { countPlan, type PlannedRow } from '../../fixtures/planned-row.ts';
import { ADVISORS, BOOKINGS, DEALERS, VARIANTS } from '../../fixtures/sample-world.ts';
import { settleColumns } from '../../src/domain/header-mapping.ts';
import { compileRules, type Verdict } from '../../src/domain/row-rules.ts';
import { openFile } from '../../src/readers/open-file.ts';
import { settingsOf } from './rule-context.ts';

const folder = new URL('../../fixtures/', import.meta.url);
type Fate = Pick<PlannedRow, 'fate' | 'errors' | 'warnings'>;

describe('the fixtures', () => {
  it('are what their generator makes, byte for byte', async () => {
    for (const [name, bytes] of await buildFixtures())
      assert.ok(bytes.equals(await readFile(new URL(name, folder))), `${name} differs: run npm run fixtures`);
  });

  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`come out of the rules as planned: ${name}`, async () => {
      assert.deepEqual(countPlan(settleDuplicates(await judgeFile(name))), expected);
    });
  }
});

async function judgeFile(name: string): Promise<Verdict[]> {
  const file = await openFile(new URL(name, folder).pathname);
  const columns = settleColumns(file.header, {});
  assert.ok(columns.ok);
  const judge = compileRules({
    columns: columns.value.columns,
    settings: settingsOf(),
    dealers: [...DEALERS],
    advisors: [...ADVISORS],
    variants: [...VARIANTS],
    limitedTo: null,
  });
  const verdicts: Verdict[] = [];
  for await (const batch of file.records) verdicts.push(...batch.map(judge));
  await file.close();
  return verdicts;
}

/** What the database does about an external_id that is taken: skip its own dealer's, refuse another's. */
function settleDuplicates(verdicts: Verdict[]): Fate[] {
  const dealers = new Map(BOOKINGS.map(({ externalId, dealerId }) => [externalId, dealerId]));
  return verdicts.map((verdict): Fate => {
    if (!verdict.ok) return { fate: 'failed', errors: verdict.faults.map(({ type }) => type), warnings: [] };
    const { external_id, dealer_id } = verdict.draft;
    const holder = external_id === null ? undefined : dealers.get(external_id);
    if (holder === undefined) {
      if (external_id !== null) dealers.set(external_id, dealer_id);
      return { fate: 'created', errors: [], warnings: verdict.warnings.map(({ type }) => type) };
    }
    const isOwn = holder === dealer_id;
    return { fate: isOwn ? 'skipped' : 'failed', errors: isOwn ? [] : ['DUPLICATE'], warnings: [] };
  });
}
