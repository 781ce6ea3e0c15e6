import assert from 'node:assert/strict';
import { oneRow, prepared, rows, withTransaction } from '../../db/query.ts';
import { StatementError } from '../../db/statement-error.ts';
import { openStore, type Store } from '../support/store.ts';

const DOUBLED = prepared('test_doubled', 'select $1::int * 2 as doubled');
const AS_NUMBER = prepared('test_as_number', 'select $1::text::int as number');

describe('a prepared statement', () => {
  let store: Store;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  it('is parsed and planned once a connection, and gives its rows in a transaction and without one', async () => {
    assert.deepEqual(await rows(store.db, DOUBLED, [4]), [{ doubled: 8 }]);
    await withTransaction(store.db, async (tx) => {
      for (const n of [1, 2, 3]) assert.deepEqual(await oneRow(tx, DOUBLED, [n]), { doubled: 2 * n });
      const known = await rows(tx, `select statement from pg_prepared_statements where name = 'test_doubled'`);
      assert.deepEqual(known, [{ statement: DOUBLED.text }]);
    });
  });

  it('takes part in its transaction', async () => {
    const INSERT = prepared('test_insert', 'insert into car_variants (id, code, name) values ($1, $1, $1)');
    const refused = withTransaction(store.db, async (tx) => {
      await rows(tx, INSERT, ['taken-back']);
      throw new Error('taken back');
    });
    await assert.rejects(refused, /taken back/);
    assert.deepEqual(await rows(store.db, `select id from car_variants where id = 'taken-back'`), []);
  });

  it('fails with its text and SQLSTATE, and gives its connection back', async () => {
    for (let n = 0; n < 30; n += 1)
      await assert.rejects(rows(store.db, AS_NUMBER, ['12 apples']), (error) => {
        assert.ok(error instanceof StatementError);
        assert.equal(error.code, '22P02');
        assert.match(error.message, /in: select \$1::text::int as number/);
        assert.deepEqual(
          Object.keys(error).filter((key) => /bind|parameters|values/.test(key)),
          [],
        );
        return true;
      });
  });
});
