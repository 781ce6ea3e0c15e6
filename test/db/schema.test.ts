import assert from 'node:assert/strict';
import { migrate } from '../../db/migrate.ts';
import { postgresError } from '../../db/statement-error.ts';
import { createEmptyDatabase } from '../support/postgres.ts';
import { openStore, type Store } from '../support/store.ts';

const PLANNED = {
  bookings:
    'id external_id dealer_id car_variant_id customer_name customer_phone customer_email advisor_id booking_date status source metadata enquiry_id created_at updated_at import_id version',
  booking_imports:
    'id admin_id filename original_filename file_size total_rows processed_rows successful_rows failed_rows status import_settings error_summary started_at completed_at created_at updated_at',
  booking_import_errors: 'id import_id row_number raw_row error_message error_type field_errors created_at',
  booking_audit_logs:
    'id booking_id changed_by action old_value new_value change_reason ip_address user_agent created_at',
  dealers: 'id dealer_code dealer_name location is_active created_at updated_at',
};

describe('the schema', function () {
  this.timeout(60_000);
  let store: Store;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  const refuses = (sql: string, sqlState: string) =>
    assert.rejects(store.run(sql), (error) => {
      assert.equal(postgresError(error)?.code, sqlState);
      return true;
    });

  for (const [table, columns] of Object.entries(PLANNED)) {
    it(`has the plan's columns in ${table}`, async () => {
      const found = await store.rows<{ name: string }>(
        `select column_name as name from information_schema.columns where table_name = $1 and table_schema = 'public'`,
        [table],
      );
      const names = found.map(({ name }) => name);
      assert.deepEqual(
        columns.split(' ').filter((column) => !names.includes(column)),
        [],
      );
    });
  }

  it('fills in its defaults on a plain insert', async () => {
    await store.run(`insert into bookings (customer_name) values ('Plain Insert')`);
    const [booking] = await store.rows<{ id: string }>(
      `select id, status, source, version, created_at is not null as created from bookings where customer_name = 'Plain Insert'`,
    );
    assert.match(booking?.id ?? '', /^[0-9A-HJKMNP-TV-Z]{26}$/);
    assert.deepEqual(
      { ...booking, id: '' },
      { id: '', status: 'PENDING', source: 'manual', version: 1, created: true },
    );
    await store.run(`insert into booking_imports (admin_id, filename) values ('alice', 'a.csv')`);
    await store.run(`insert into dealers (dealer_code, dealer_name) values ('PLAIN', 'Plain')`);
  });

  it('makes ids that sort by the time of their making', async () => {
    const [{ ordered } = { ordered: false }] = await store.rows<{ ordered: boolean }>(
      `with made as (select n, gen_cuid() as id, pg_sleep(0.002) from generate_series(1, 20) n)
       select bool_and(id > before collate "C") as ordered from (select id, lag(id) over (order by n) as before from made) m where before is not null`,
    );
    assert.equal(ordered, true);
  });

  it('refuses what no enum knows', async () => {
    await refuses(`insert into bookings (customer_name, status) values ('X', 'LOST')`, '23514');
    await refuses(`insert into bookings (customer_name, source) values ('X', 'fax')`, '23514');
    await refuses(`insert into booking_imports (admin_id, filename, status) values ('a', 'f', 'DONE')`, '23514');
    await refuses(
      `insert into booking_audit_logs (booking_id, changed_by, action) values ('b', 'a', 'EATEN')`,
      '23514',
    );
  });

  it('refuses a second booking of an external_id, and one of a dealer that is not there', async () => {
    await store.run(`insert into bookings (customer_name, external_id) values ('X', 'ONCE')`);
    await refuses(`insert into bookings (customer_name, external_id) values ('Y', 'ONCE')`, '23505');
    await refuses(`insert into bookings (customer_name, dealer_id) values ('X', 'nowhere')`, '23503');
    await refuses(`insert into dealers (dealer_code, dealer_name) values ('DLR001', 'Again')`, '23505');
  });

  it('refuses every change to the audit trail, and keeps it when its booking goes', async () => {
    await store.run(`insert into bookings (id, customer_name) values ('gone', 'X')`);
    await store.run(
      `insert into booking_audit_logs (booking_id, changed_by, action) values ('gone', 'alice', 'CREATED')`,
    );
    await refuses(`update booking_audit_logs set changed_by = 'mallory'`, '42501');
    await refuses('delete from booking_audit_logs', '42501');
    await refuses('truncate booking_audit_logs', '42501');
    await store.run(`delete from bookings where id = 'gone'`);
    assert.equal((await store.rows(`select from booking_audit_logs where booking_id = 'gone'`)).length, 1);
  });

  it('is migrated once by two processes at once, and a second run finds nothing to do', async () => {
    const empty = await createEmptyDatabase();
    await Promise.all([migrate(empty.url), migrate(empty.url)]);
    await migrate(empty.url);
    await empty.drop();
  });
});
