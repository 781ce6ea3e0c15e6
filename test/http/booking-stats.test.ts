import assert from 'node:assert/strict';
import { run } from '../../db/query.ts';
import { type RunningApi, startApi } from './running-api.ts';

// Counted by hand: four bookings of 2026-03, three of them of dealer One, and one that lies outside the range.
const GIVEN = `
  insert into dealers (id, dealer_code, dealer_name) values ('d1', 'DLR001', 'One'), ('d2', 'DLR002', 'Two');
  insert into advisors (id, email, name) values ('a1', 'ada@example.com', 'Ada'), ('a2', 'bob@example.com', 'Bob');
  insert into booking_imports (id, admin_id, filename, status, created_at, started_at, completed_at) values
    ('i1', 'alice', 'a.csv', 'COMPLETED', '2026-03-02T09:10Z', '2026-03-02T09:10Z', '2026-03-02T09:10:10Z'),
    ('i2', 'alice', 'b.csv', 'FAILED', '2026-03-02T09:50Z', '2026-03-02T09:50Z', '2026-03-02T09:50:01Z'),
    ('i3', 'alice', 'c.csv', 'PROCESSING', '2026-03-03T22:00Z', '2026-03-03T22:00Z', null),
    ('i4', 'alice', 'old.csv', 'COMPLETED', '2026-01-01T00:00Z', '2026-01-01T00:00Z', '2026-01-01T00:00:05Z');
  insert into booking_imports (id, admin_id, filename, status, dry_run, created_at) values
    ('i5', 'alice', 'check.csv', 'COMPLETED', true, '2026-03-02T09:00Z');
  insert into booking_import_ledger (import_id, round, chunk, created, skipped, failed, faults) values
    ('i1', 1, 0, 60, 10, 10, '{"type:PHONE": 7, "type:DATE": 3, "field:customer_phone": 7}'),
    ('i1', 1, 1, 20, 0, 0, '{}'),
    ('i1', 2, 0, 2, 0, -2, '{"type:PHONE": -2}'),
    ('i4', 1, 0, 9, 0, 0, '{}');
  insert into bookings (id, dealer_id, customer_name, status, advisor_id, source, import_id, import_row, created_at) values
    ('b1', 'd1', 'Asha', 'COMPLETED', 'a1', 'bulk_import', 'i1', 1, '2026-03-02T09:10Z'),
    ('b2', 'd1', 'Wei', 'NO_SHOW', 'a1', 'bulk_import', 'i1', 2, '2026-03-02T09:10Z'),
    ('b3', 'd1', 'Ola', 'PENDING', null, 'api', null, null, '2026-03-05T10:00Z'),
    ('b4', 'd2', 'Ian', 'COMPLETED', 'a2', 'manual', null, null, '2026-03-06T10:00Z'),
    ('b9', 'd1', 'Old', 'CANCELLED', 'a1', 'manual', null, null, '2026-01-01T00:00Z');
  insert into booking_audit_logs (booking_id, changed_by, action, old_value, new_value, created_at) values
    ('b1', 'x', 'STATUS_CHANGED', '{"status": "ASSIGNED"}', '{"status": "IN_PROGRESS"}', '2026-03-02T10:10Z'),
    ('b1', 'x', 'STATUS_CHANGED', '{"status": "IN_PROGRESS"}', '{"status": "COMPLETED"}', '2026-03-02T10:40Z'),
    ('b2', 'x', 'STATUS_CHANGED', '{"status": "ASSIGNED"}', '{"status": "NO_SHOW"}', '2026-03-02T12:10Z'),
    ('b4', 'x', 'STATUS_CHANGED', '{"status": "ASSIGNED"}', '{"status": "IN_PROGRESS"}', '2026-02-01T00:00Z'),
    ('b4', 'x', 'STATUS_CHANGED', '{"status": "IN_PROGRESS"}', '{"status": "COMPLETED"}', '2026-03-07T10:00Z');`;

const MARCH = 'from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z';

describe('the figures', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
    await run(api.db, GIVEN);
  });
  after(() => api.stop());

  const stats = async (query: string, claims: object = {}) =>
    api.call('GET', `/api/admin/bookings/stats?${query}`, {
      headers: { authorization: `Bearer ${await api.token(claims)}` },
    });

  it('of the imports of a range are counted from their ledgers, without checks and older ones', async () => {
    const { status, body } = await stats(MARCH);
    assert.equal(status, 200, JSON.stringify(body));
    const { imports } = body;
    assert.equal(imports.total, 3);
    assert.deepEqual(imports.byStatus, { COMPLETED: 1, FAILED: 1, PROCESSING: 1 });
    assert.equal(imports.successRate, 0.5);
    assert.deepEqual(imports.rows, { created: 82, updated: 0, skipped: 10, failed: 8 });
    assert.equal(imports.rowSuccessRate, 0.92);
    assert.deepEqual(imports.errorTypes, { PHONE: 5, DATE: 3 });
    assert.deepEqual(imports.durationSeconds, { count: 1, average: 10, median: 10, p95: 10, longest: 10 });
    assert.equal(imports.rowsPerSecond.average, 10);
    const busy = imports.peakHours.filter(({ imports }: { imports: number }) => imports > 0);
    assert.deepEqual(busy, [
      { hour: 9, imports: 2, rows: 100 },
      { hour: 22, imports: 1, rows: 0 },
    ]);
  });

  it('of the business are the outcomes of the bookings made in the range, by dealer and advisor', async () => {
    const { body } = await stats(MARCH);
    const { business } = body;
    const { bookings, completed, noShow, open, conversionRate } = business.conversion;
    assert.deepEqual([bookings, completed, noShow, open, conversionRate], [4, 2, 1, 1, 0.5]);
    assert.deepEqual(business.bySource, { bulk_import: 2, api: 1, manual: 1 });
    assert.deepEqual(
      business.dealers.map((d: { dealerCode: string; bookings: number; completed: number }) => [
        d.dealerCode,
        d.bookings,
        d.completed,
      ]),
      [
        ['DLR001', 3, 1],
        ['DLR002', 1, 1],
      ],
    );
    assert.deepEqual(
      business.advisors.map((a: { email: string; conversionRate: number }) => [a.email, a.conversionRate]),
      [
        ['ada@example.com', 0.5],
        ['bob@example.com', 1],
      ],
    );
  });

  it('tell each transition, and how long a status had lasted, from before the range if it began there', async () => {
    const { business } = (await stats(MARCH)).body;
    const count = (from: string, to: string) =>
      business.transitions.find((t: { from: string; to: string }) => t.from === from && t.to === to)?.count;
    assert.equal(count('IN_PROGRESS', 'COMPLETED'), 2);
    assert.equal(count('ASSIGNED', 'IN_PROGRESS'), 1);
    assert.equal(count('ASSIGNED', 'NO_SHOW'), 1);
    // One hour and three from the booking's making.
    assert.deepEqual([business.timeInStatus.ASSIGNED.count, business.timeInStatus.ASSIGNED.average], [2, 7_200]);
    // Half an hour, and 34 days and ten hours since 1 February.
    assert.equal(business.timeInStatus.IN_PROGRESS.longest, (34 * 24 + 10) * 3_600);
  });

  it('are those of one dealer when asked so, and never those of another for a limited token', async () => {
    const { body } = await stats(`${MARCH}&dealer=DLR002`);
    assert.deepEqual([body.imports.total, body.business.conversion.bookings], [0, 1]);
    const limited = await stats(MARCH, { dealers: ['DLR002'] });
    assert.equal(limited.body.business.conversion.bookings, 1);
    const refused = await stats(`${MARCH}&dealer=DLR001`, { dealers: ['DLR002'] });
    assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
  });

  it('are nulls and zeros of a range in which nothing was', async () => {
    const { body } = await stats('from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z');
    assert.deepEqual(
      [body.imports.total, body.imports.successRate, body.imports.durationSeconds.median],
      [0, null, null],
    );
    assert.deepEqual([body.business.conversion.bookings, body.business.conversion.conversionRate], [0, null]);
    assert.deepEqual(body.business.transitions, []);
  });

  it('are refused for a range that ends before it begins, and to an advisor', async () => {
    const turned = await stats('from=2026-04-01T00:00:00Z&to=2026-03-01T00:00:00Z');
    assert.ok(turned.status >= 400 && turned.status < 500, String(turned.status));
    assert.equal((await stats(MARCH, { role: 'advisor', sub: 'ada@example.com' })).status, 403);
  });
});
