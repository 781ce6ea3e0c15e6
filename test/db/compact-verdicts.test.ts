import assert from 'node:assert/strict';
import { closeDatabase, connectDatabase } from '../../db/connect.ts';
import { listImportRows } from '../../db/import-rows.ts';
import { migrate } from '../../db/migrate.ts';
import { rows, run as runSql } from '../../db/query.ts';
import { writeChunk } from '../../db/write-chunk.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

const IMPORT = `
  insert into dealers (id, dealer_code, dealer_name) values ('d1', 'DLR001', 'One');
  insert into booking_imports (id, admin_id, filename, status, total_rows) values ('i1', 'alice', 'f.csv', 'PROCESSING', 3);`;

const WARNING = { type: 'UNKNOWN_VARIANT', field: 'car_variant', message: 'car_variant "X" is not a known variant' };

// A verdict as it was stored until migration 0005: every key of every row, its warnings as text beside it.
const draft = (row: number, more: object) => ({
  ...{ row, id: `b${row}`, external_id: null, dealer_id: 'd1', car_variant_id: null, customer_name: `Name ${row}` },
  ...{ customer_phone: null, customer_email: null, advisor_id: null, booking_date: '2027-03-04T10:00:00.000Z' },
  ...{ status: 'PENDING', metadata: null, ...more },
});
const OLD_VALID = [
  draft(1, { external_id: 'E-1', metadata: { carVariant: 'X' }, warnings: ['UNKNOWN_VARIANT'] }),
  draft(2, { customer_phone: '+919812345678' }),
  draft(3, { warnings: ['UNKNOWN_VARIANT', 'POSSIBLE_DUPLICATE'] }),
];
const OLD_WARNINGS = [
  { row: 1, warnings: [WARNING] },
  { row: 3, warnings: [WARNING, { type: 'POSSIBLE_DUPLICATE', field: null, message: 'the same as row 2' }] },
];

describe('making stored verdicts compact', () => {
  it('carries over a chunk that was judged before and is written after', async () => {
    const database = await createEmptyDatabase();
    await migrate(database.url, '0005-import-summary.sql');
    const db = connectDatabase(database.url, { poolSize: 2, applicationName: 'test' });
    try {
      await runSql(db, IMPORT);
      await runSql(
        db,
        `insert into booking_import_chunks (import_id, round, chunk, row_count, raw, valid, errors, warnings, validated_at)
         values ('i1', 1, 0, 3, '[]', $1, '[]', $2, now())`,
        [JSON.stringify(OLD_VALID), JSON.stringify(OLD_WARNINGS)],
      );
      await migrate(database.url);

      const counts = await writeChunk(db, { importId: 'i1', round: 1, epoch: 1 }, 0);
      const written = await rows<{ new_value: object }>(
        db,
        'select a.new_value from bookings b join booking_audit_logs a on a.booking_id = b.id order by b.import_row',
      );
      const listed = await listImportRows(db, 'i1', { outcome: 'warned', limit: 10 });

      assert.deepEqual(counts, { created: 3, updated: 0, skipped: 0, failed: 0, warned: 2, refused: 0 });
      assert.deepEqual(written[1]?.new_value, {
        ...{ dealer_id: 'd1', customer_name: 'Name 2', customer_phone: '+919812345678' },
        ...{ booking_date: '2027-03-04T10:00:00.000Z', status: 'PENDING' },
      });
      assert.deepEqual(
        listed.items.map(({ row, warnings }) => ({ row, warnings })),
        OLD_WARNINGS,
      );
    } finally {
      await closeDatabase(db);
      await database.drop();
    }
  });
});
