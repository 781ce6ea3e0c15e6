import assert from 'node:assert/strict';
import { loadConfig } from '../../src/config.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { addBooking } from '../support/bookings.ts';
import { csvFile } from '../support/csv-file.ts';
import { call, getImport, untilEnded, upload } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const COMMANDS = 30_000;

describe('the retention', function () {
  this.timeout(120_000);
  let stack: Stack;
  let temporal: Temporal;
  before(async () => {
    stack = await withStack({ env: { RETENTION_NOTIFICATION_DAYS: '0' } });
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

  const notes = () =>
    stack.store.rows<{ kind: string; items: number; ended: boolean }>(
      'select kind, items::int, finished_at is not null as ended from retention_runs order by kind',
    );
  const deleted = async (kind: string) => (await notes()).find((note) => note.kind === kind)?.items ?? 0;

  it('is run by its Schedule, killed in its midst, run on by another worker, and noted as if nothing had happened', async () => {
    const { id } = await upload(
      stack,
      csvFile(20, (row, n) => (n === 3 ? row.with(1, 'X') : row).with(5, '2020-01-01'), 'OLD'),
    );
    await untilEnded(stack, id);
    await stack.store.run(`update booking_imports set completed_at = now() - interval '31 days' where id = $1`, [id]);
    const booking = await addBooking(stack.store);
    await stack.store.run(
      `insert into booking_commands (booking_id, subject, role, key, fingerprint, kind, payload, result, applied_at)
       select $1, 'alice', 'admin', g::text, '', 'addNote', '{}', '{}', now() - interval '91 days'
       from generate_series(1, $2) g`,
      [booking, COMMANDS],
    );
    await stack.store.run(
      `insert into notifications (booking_id, event, kind, delivered_at)
       values ($1, 'old', 'REMINDER', now() - interval '9 years')`,
      [booking],
    );
    await slowDeletes();
    const worker = await stack.startWorker('bookings');
    await temporal.client.schedule.getHandle('retention').trigger();
    await waitFor(async () => (await deleted('commands')) > 0);
    await worker.kill();
    assert.ok((await deleted('commands')) < COMMANDS);
    await stack.startWorker('bookings');
    await waitFor(async () => (await notes()).some(({ kind, ended }) => kind === 'commands' && ended), 60_000);
    const expected = [
      { kind: 'commands', items: COMMANDS, ended: true },
      { kind: 'imports', items: 1, ended: true },
    ];
    const found = (await notes()).filter(({ kind }) => kind !== 'accessLog');
    assert.deepEqual(found, expected);
    assert.equal((await stack.store.rows('select from booking_commands')).length, 0);
    assert.equal((await stack.store.rows(`select from notifications where event = 'old'`)).length, 1, '0: for ever');
    assert.ok((await getImport(stack, id)).rowsExpiredAt);
  });

  it('is told by the metrics, and refuses the errors of what it deleted', async () => {
    const metrics = await call<string>(stack, 'GET', '/metrics');
    assert.match(metrics.body, /^booking_retention_deleted\{kind="commands"\} 30000$/m);
    assert.match(metrics.body, /^booking_retention_last_run_timestamp_seconds\{kind="imports"\} \d{10}/m);
    const [{ id } = { id: '' }] = await stack.store.rows<{ id: string }>('select id from booking_imports');
    const errors = await call<{ code: string }>(stack, 'GET', `/api/admin/bookings/imports/${id}/errors`);
    assert.deepEqual([errors.status, errors.body.code], [409, 'IMPORT_EXPIRED']);
  });

  /** So that there is a midst. */
  const slowDeletes = () =>
    stack.store.run(`
      create function slow_delete() returns trigger language plpgsql as $f$ begin perform pg_sleep(0.5); return null; end $f$;
      create trigger slow_delete after delete on booking_commands for each statement execute function slow_delete()`);
});
