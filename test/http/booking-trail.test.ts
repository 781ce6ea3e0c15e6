import assert from 'node:assert/strict';
import { run } from '../../db/query.ts';
import { type RunningApi, startApi } from './running-api.ts';

const AUDIT = '/api/bookings/b1/audit';
const HISTORY = '/api/advisor/bookings/b1/history';

describe("a booking's trail", function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await startApi();
    await run(api.db, `insert into dealers (id, dealer_code, dealer_name) values ('d1', 'DLR001', 'One')`);
    await run(api.db, `insert into advisors (id, email, name) values ('a1', 'ada@example.com', 'Ada')`);
    await run(
      api.db,
      `insert into bookings (id, dealer_id, customer_name, advisor_id) values ('b1', 'd1', 'Ravi', 'a1')`,
    );
    await run(
      api.db,
      `insert into booking_audit_logs (id, booking_id, changed_by, action, old_value, new_value, change_reason, ip_address, user_agent, created_at)
       values ('t1', 'b1', 'alice', 'CREATED', null, '{"status": "PENDING"}', null, '10.0.0.7', 'curl', '2026-01-01'),
       ('t3', 'b1', 'alice', 'ASSIGNED', '{"advisor_id": null, "status": "PENDING"}', '{"advisor_id": "a1", "status": "ASSIGNED"}', null, null, null, '2026-01-02'),
       ('t2', 'b1', 'ada@example.com', 'NOTE_ADDED', null, '{"note": "rings"}', null, null, null, '2026-01-02 00:00:00.000001'),
       ('t4', 'b1', 'ada@example.com', 'REFUSED', null, '{"code": "TRANSITION_NOT_ALLOWED", "message": "No.", "allowed": ["IN_PROGRESS"]}', null, null, null, '2026-01-03'),
       ('t9', 'gone', 'alice', 'REMOVED', null, null, 'undo', null, null, '2026-01-03')`,
    );
  });
  after(() => api.stop());

  const as = async (claims: object, path: string) =>
    api.call('GET', path, { headers: { authorization: `Bearer ${await api.token(claims)}` } });
  const ada = { role: 'advisor', sub: 'ada@example.com' };
  const field = (body: { items: Record<string, unknown>[] }, name: string) => body.items.map((item) => item[name]);

  it('is told to the admin whole, in the order of time', async () => {
    const { status, body } = await as({}, AUDIT);
    assert.equal(status, 200);
    assert.deepEqual(field(body, 'id'), ['t1', 't3', 't2', 't4']);
    assert.deepEqual(body.items[0], {
      id: 't1',
      action: 'CREATED',
      changedBy: 'alice',
      oldValue: null,
      newValue: { status: 'PENDING' },
      changeReason: null,
      ipAddress: '10.0.0.7',
      userAgent: 'curl',
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    assert.deepEqual(
      [body.items[1]?.oldValue, body.items[1]?.newValue],
      [
        { advisorId: null, status: 'PENDING' },
        { advisorId: 'a1', status: 'ASSIGNED' },
      ],
    );
    assert.equal(body.nextCursor, null);
  });

  it('is told to its advisor without the addresses', async () => {
    const { body } = await as(ada, AUDIT);
    assert.deepEqual(field(body, 'ipAddress'), [null, null, null, null]);
    assert.deepEqual(field(body, 'userAgent'), [null, null, null, null]);
  });

  it('is told to its advisor in words', async () => {
    const { status, body } = await as(ada, HISTORY);
    assert.equal(status, 200);
    assert.deepEqual(field(body, 'text'), [
      'alice created the booking as PENDING.',
      'alice assigned it to Ada (PENDING to ASSIGNED).',
      'ada@example.com noted: rings',
      'ada@example.com was refused: No. Allowed: IN_PROGRESS.',
    ]);
  });

  it('comes in pages, also where microseconds make the difference', async () => {
    for (const path of [AUDIT, HISTORY]) {
      const seen: unknown[] = [];
      for (let cursor = ''; ; ) {
        const { body } = await as(ada, `${path}?limit=1${cursor}`);
        seen.push(...field(body, 'id'));
        if (body.nextCursor === null) break;
        cursor = `&cursor=${body.nextCursor}`;
      }
      assert.deepEqual(seen, ['t1', 't3', 't2', 't4']);
    }
  });

  it('is 404 for anybody else, and 400 for a question that is not right', async () => {
    const other = { role: 'advisor', sub: 'bob@example.com' };
    for (const [claims, path] of [
      [other, AUDIT],
      [other, HISTORY],
      [{ dealers: ['DLR002'] }, AUDIT],
      [{}, '/api/bookings/nowhere/audit'],
      [{ dealers: ['DLR001'] }, '/api/bookings/gone/audit'],
    ] as const)
      assert.deepEqual((await as(claims, path)).body.code, 'BOOKING_NOT_FOUND', path);
    assert.equal((await as({}, `${AUDIT}?cursor=AA`)).status, 400);
    assert.equal((await as({}, HISTORY)).status, 403);
  });

  it('of a booking that was removed stays for the admin of all dealers', async () => {
    assert.deepEqual(field((await as({}, '/api/bookings/gone/audit')).body, 'action'), ['REMOVED']);
  });
});
