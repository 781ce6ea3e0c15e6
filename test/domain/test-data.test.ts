import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { ADVISORS, BOOKINGS, DEALERS, VARIANTS } from '../../fixtures/sample-world.ts';
import { createTestDatabase } from '../support/postgres.ts';

const TABLES = ['dealers', 'advisors', 'advisor_dealers', 'car_variants', 'bookings'];

describe('test_data.sql', () => {
  it('loads into an empty database, and a second time without changing anything', async () => {
    const script = await readFile(new URL('../../fixtures/test_data.sql', import.meta.url), 'utf8');
    const { ownerUrl: url, drop } = await createTestDatabase();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const counts = async () => {
        await client.query(script);
        const found = TABLES.map((table) => client.query(`TABLE ${table}`).then(({ rows }) => rows.length));
        return Promise.all(found);
      };
      const served = ADVISORS.flatMap(({ dealerIds }) => dealerIds).length;
      const first = await counts();
      assert.deepEqual(first, [DEALERS.length, ADVISORS.length, served, VARIANTS.length, BOOKINGS.length]);
      assert.deepEqual(await counts(), first);
    } finally {
      await client.end();
      await drop();
    }
  });
});
