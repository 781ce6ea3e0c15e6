import assert from 'node:assert/strict';
import { run } from '../../db/query.ts';
import { postgresError } from '../../db/statement-error.ts';
import { openStore, type Store } from '../support/store.ts';

const TRAILS = ['booking_audit_logs', 'admin_audit_log', 'access_log'];
const READ_ALONE = ['schema_migrations', 'customer_erasures'];
const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];
const ACCESS = `insert into access_log (id, at, method, route, status, request_id)`;

describe('what the API and the workers may do in the database', function () {
  this.timeout(60_000);
  let store: Store;
  before(async () => {
    store = await openStore();
    await store.run(`insert into booking_audit_logs (booking_id, changed_by, action) values ('b', 'alice', 'CREATED')`);
    await store.run(`insert into admin_audit_log (changed_by, action, object_kind) values ('alice', 'X', 'dealer')`);
    await store.run(
      `${ACCESS} select 'a' || n, now() - n * interval '1 day', 'GET', '/', 200, 'r' from generate_series(0, 9) n`,
    );
  });
  after(() => store.close());

  const refuses = (sql: string, sqlState = '42501') =>
    assert.rejects(run(store.db, sql), (error) => {
      assert.equal(postgresError(error)?.code, sqlState, `${sql}: ${error}`);
      return true;
    });
  const rightsOf = (table: string) =>
    store
      .rows<{ right: string }>(
        `select r as right from unnest($2::text[]) r where has_table_privilege('booking_import_app', $1, r)`,
        [table, RIGHTS],
      )
      .then((found) => found.map(({ right }) => right));

  it('is to read and write every table, the trails by adding alone, migrations and erasures not at all', async () => {
    const tables = await store.rows<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`,
    );
    assert.ok(tables.length > 20);
    for (const { name } of tables) {
      const most = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
      const due = TRAILS.includes(name) ? ['SELECT', 'INSERT'] : READ_ALONE.includes(name) ? ['SELECT'] : most;
      assert.deepEqual(await rightsOf(name), due, name);
    }
  });

  it('covers a table and a sequence of a later migration', async () => {
    await store.run('create table later (id int); create sequence later_numbers');
    assert.deepEqual(await rightsOf('later'), ['SELECT', 'INSERT', 'UPDATE', 'DELETE']);
    await run(store.db, `select nextval('later_numbers')`);
  });

  it('is nothing that a trail would suffer from', async () => {
    for (const table of TRAILS) {
      await refuses(`update ${table} set user_agent = 'x'`);
      await refuses(`delete from ${table}`);
      await refuses(`truncate ${table}`);
      await refuses(`alter table ${table} disable trigger all`);
      await refuses(`drop trigger ${table}_append_only on ${table}`);
      await refuses(`create trigger mine before insert on ${table} execute function refuse_trail_change()`);
      await refuses(`drop table ${table}`);
    }
  });

  it('is no way around: no switch of triggers, no other role, no function of its own in their place', async () => {
    await refuses(`set session_replication_role = 'replica'`);
    await refuses('set role postgres');
    await refuses('create function public.mine() returns int language sql return 1');
    await refuses('create or replace function refuse_trail_change() returns trigger language plpgsql as $$begin end$$');
    await refuses('alter function refuse_audit_change() rename to mine');
    await refuses(`alter default privileges for role postgres grant all on tables to booking_import_app`);
    const [own] = await store.rows(
      `select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_roles where rolname = 'booking_import_app'`,
    );
    assert.ok(own && Object.values(own).every((held) => held === false));
  });

  it('does not come by saying the word that opens the access log to its owner', async () => {
    await refuses(
      `do $$ begin perform set_config('booking_import.purging', 'access_log', true); delete from access_log; end $$`,
    );
  });

  it('is to forget accesses by the one function for it, none of the last seven days', async () => {
    await run(store.db, 'select purge_access_log(now(), 1)');
    const left = () =>
      store.rows<{ n: number }>('select count(*)::int as n from access_log').then(([found]) => found?.n);
    assert.equal(await left(), 9, 'the limit holds');
    await run(store.db, `select purge_access_log(now(), 100)`);
    assert.equal(await left(), 7);
  });

  it('leaves no trail open to its owner either, not even right after the purge', async () => {
    const purge = 'perform purge_access_log(now(), 100)';
    for (const table of TRAILS) {
      await assert.rejects(store.run(`do $$ begin ${purge}; delete from ${table}; end $$`), /append-only/);
      await assert.rejects(store.run(`update ${table} set user_agent = 'x'`), /append-only/);
      await assert.rejects(store.run(`truncate ${table}`), /append-only/);
    }
  });
});
