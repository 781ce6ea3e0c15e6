import assert from 'node:assert/strict';
import type { BookingView } from '../../src/domain/booking-view.ts';
import { ASHA, addAdvisors, addBooking, BEN, notificationsOf, trailOf } from '../support/bookings.ts';
import type { Answer } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

interface Problem {
  code: string;
  allowed: string[];
  current: { status: string; version: number };
}

describe('changing a booking over REST', function () {
  this.timeout(120_000);
  let stack: Stack;
  let asha: string;
  let ben: string;
  before(async () => {
    stack = await withStack({ worker: false });
    await Promise.all([stack.startWorker('bookings'), addAdvisors(stack.store)]);
    asha = await stack.token({ sub: ASHA.email, role: 'advisor' });
    ben = await stack.token({ sub: BEN.email, role: 'advisor' });
  });
  after(() => stack.close());

  async function send<T = BookingView>(
    token: string,
    request: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const [method, path] = request.split(' ');
    const response = await fetch(`${stack.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as T };
  }
  const changeStatus = <T = BookingView>(
    token: string,
    id: string,
    status: string,
    more: object = {},
    headers: Record<string, string> = {},
  ) => send<T>(token, `PATCH /api/advisor/bookings/${id}/status`, { status, ...more }, headers);
  const assigned = () => addBooking(stack.store, { status: 'ASSIGNED', advisorId: ASHA.id });

  it('moves a status through the workflow to Postgres and back', async () => {
    const id = await assigned();
    const answer = await changeStatus(asha, id, 'IN_PROGRESS', { reason: 'arrived' }, { 'user-agent': 'phone' });
    assert.equal(answer.status, 200);
    assert.deepEqual([answer.body.status, answer.body.version, answer.body.advisor?.id], ['IN_PROGRESS', 2, ASHA.id]);
    assert.equal(answer.headers.get('etag'), '"2"');
    const [booking] = await stack.store.rows('select status, version from bookings where id = $1', [id]);
    assert.deepEqual(booking, { status: 'IN_PROGRESS', version: 2 });
    const trail = await trailOf(stack.store, id);
    assert.deepEqual(trail, [
      {
        action: 'STATUS_CHANGED',
        who: ASHA.email,
        was: { status: 'ASSIGNED' },
        is: { status: 'IN_PROGRESS' },
        reason: 'arrived',
      },
    ]);
  });

  it("hides another advisor's booking", async () => {
    const id = await assigned();
    const answer = await changeStatus<Problem>(ben, id, 'IN_PROGRESS');
    assert.deepEqual([answer.status, answer.body.code], [404, 'BOOKING_NOT_FOUND']);
    assert.deepEqual(await trailOf(stack.store, id), []);
  });

  it('refuses an edge that is not in the table, says what is allowed and keeps it in the trail', async () => {
    const id = await assigned();
    const answer = await changeStatus<Problem>(asha, id, 'COMPLETED');
    assert.deepEqual([answer.status, answer.body.code], [409, 'TRANSITION_NOT_ALLOWED']);
    assert.deepEqual(answer.body.allowed, ['IN_PROGRESS', 'NO_SHOW']);
    assert.equal(answer.body.current.status, 'ASSIGNED');
    assert.deepEqual(
      (await trailOf(stack.store, id)).map(({ action, is }) => [action, is?.code]),
      [['REFUSED', 'TRANSITION_NOT_ALLOWED']],
    );
  });

  it('lets only an admin cancel', async () => {
    const id = await assigned();
    const refused = await changeStatus<Problem>(asha, id, 'CANCELLED');
    assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
    const done = await send(stack.adminToken, `PATCH /api/admin/bookings/${id}/status`, { status: 'CANCELLED' });
    assert.deepEqual([done.status, done.body.status], [200, 'CANCELLED']);
  });

  it('answers a repeat by its key alike, with one effect, and refuses the key for something else', async () => {
    const id = await assigned();
    const first = await changeStatus(asha, id, 'IN_PROGRESS', {}, { 'idempotency-key': 'k1' });
    const again = await changeStatus(asha, id, 'IN_PROGRESS', { messageId: 'k1' });
    assert.deepEqual([first.status, again.status], [200, 200]);
    assert.deepEqual(again.body, first.body);
    assert.equal((await trailOf(stack.store, id)).length, 1);
    const other = await changeStatus<Problem>(asha, id, 'COMPLETED', { messageId: 'k1' });
    assert.deepEqual([other.status, other.body.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('honours If-Match', async () => {
    const id = await assigned();
    const stale = await changeStatus<Problem>(asha, id, 'IN_PROGRESS', {}, { 'if-match': '"7"' });
    assert.deepEqual([stale.status, stale.body.code, stale.body.current.status], [412, 'VERSION_MOVED', 'ASSIGNED']);
    assert.equal((await changeStatus(asha, id, 'IN_PROGRESS', {}, { 'if-match': '"1"' })).status, 200);
  });

  it('takes three equal signals of a phone as one, and tells a refused one by a notification', async () => {
    const id = await assigned();
    const prefer = { prefer: 'respond-async' };
    for (let n = 0; n < 3; n += 1) {
      const answer = await changeStatus<unknown>(asha, id, 'IN_PROGRESS', { messageId: 'm1' }, prefer);
      assert.ok(answer.status === 202 || (answer.status === 200 && n > 0));
    }
    assert.equal((await changeStatus<unknown>(asha, id, 'NO_SHOW', { messageId: 'm2' }, prefer)).status, 202);
    await waitFor(async () => (await trailOf(stack.store, id)).length >= 2);
    const trail = await trailOf(stack.store, id);
    assert.deepEqual(
      trail.map(({ action }) => action),
      ['STATUS_CHANGED', 'REFUSED'],
    );
    const told = (await notificationsOf(stack.store, id)).find(({ kind }) => kind === 'REFUSED');
    assert.deepEqual([told?.subject, told?.data.code], [ASHA.email, 'TRANSITION_NOT_ALLOWED']);
    assert.deepEqual(told?.data.allowed, ['COMPLETED', 'RESCHEDULED']);
  });
});
