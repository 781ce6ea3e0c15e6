import assert from 'node:assert/strict';
import { csvFile } from '../support/csv-file.ts';
import { call, getImport, untilChunksWritten, untilEnded, upload } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const WRITING = `
  select from pg_stat_activity
  where datname = current_database() and application_name like '%worker%' and state <> 'idle'`;

describe('a database in trouble in the midst of an import', function () {
  this.timeout(180_000);
  let stack: Stack;
  beforeEach(async () => {
    stack = await withStack({ env: { IMPORT_CHUNK_ROWS: '50' } });
  });
  afterEach(() => stack.close());

  const refuseBookings = (sqlState: string, condition: string) =>
    stack.store.run(`
      create function refuse_booking() returns trigger language plpgsql as $f$ begin
        if ${condition} then raise exception 'refused for the test' using errcode = '${sqlState}'; end if;
        return new;
      end $f$;
      create trigger refuse_booking before insert on bookings for each row execute function refuse_booking();`);
  const mend = () => stack.store.run('drop trigger refuse_booking on bookings');

  it('that cuts every connection is waited out, and no row is lost or doubled', async () => {
    const { id } = await upload(stack, csvFile(10_000));
    for (const chunks of [5, 60, 120]) {
      await untilChunksWritten(stack, id, chunks);
      await stack.store.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like '%worker%'`,
      );
    }
    const { rows } = await untilEnded(stack, id);
    assert.deepEqual(rows, { created: 10_000, updated: 0, skipped: 0, failed: 0, notAttempted: 0, warned: 0 });
    assert.deepEqual(
      await stack.store.rows('select count(*)::int as n, count(distinct external_id)::int as ids from bookings'),
      [{ n: 10_000, ids: 10_000 }],
    );
  });

  it('with a full disk says so while it waits, and goes on by itself', async () => {
    await refuseBookings('53100', 'true');
    const { id } = await upload(stack, csvFile(1_000));
    await waitFor(async () => (await getImport(stack, id)).reason?.code === 'DATABASE_UNAVAILABLE', 60_000);
    await mend();
    assert.equal((await untilEnded(stack, id)).rows.created, 1_000);
  });

  it('that refuses whole chunks pauses the import with the reason, and resume writes them', async () => {
    await refuseBookings('23514', 'true');
    const { id } = await upload(stack, csvFile(1_000));
    await waitFor(async () => (await getImport(stack, id)).phase === 'paused', 60_000);
    const paused = await getImport(stack, id);
    assert.equal(paused.reason?.code, 'DATABASE_REFUSES_ROWS');
    assert.equal(paused.failedRows, 0);
    // The other lanes meet the same refusal: mended in the midst of it, a chunk would fail in part.
    await waitFor(async () => (await stack.store.rows(WRITING)).length === 0);
    await mend();
    assert.equal((await call(stack, 'POST', `/api/admin/bookings/imports/${id}/resume`)).status, 202);
    assert.equal((await untilEnded(stack, id)).rows.created, 1_000);
  });

  it('that refuses some rows writes their neighbours, and a retry brings in the rest', async () => {
    await refuseBookings('23514', `new.external_id like '%7'`);
    const { id } = await upload(stack, csvFile(1_000));
    const ended = await untilEnded(stack, id);
    assert.deepEqual(ended.rows, { created: 900, updated: 0, skipped: 0, failed: 100, notAttempted: 0, warned: 0 });
    assert.deepEqual(ended.errorSummary.byType, { DATABASE: 100 });
    await mend();
    await call(stack, 'POST', `/api/admin/bookings/imports/${id}/retry`);
    assert.deepEqual((await untilEnded(stack, id)).rows.created, 1_000);
  });
});
