import assert from 'node:assert/strict';
import { loadConfig } from '../../src/config.ts';
import type { BookingView } from '../../src/domain/booking-view.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { ASHA, addAdvisors, addBooking, BEN, notificationsOf, trailOf } from '../support/bookings.ts';
import type { Answer } from '../support/rest.ts';
import { type Stack, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

interface Problem {
  code: string;
  allowed: string[];
  current: { status: string; version: number };
  errors?: { pointer: string; code: string }[];
}

describe('changing a booking over REST', function () {
  this.timeout(120_000);
  let stack: Stack;
  let asha: string;
  let ben: string;
  let temporal: Temporal;
  before(async () => {
    stack = await withStack({ worker: false });
    await Promise.all([stack.startWorker('bookings', 'notifications'), addAdvisors(stack.store)]);
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
    asha = await stack.token({ sub: ASHA.email, role: 'advisor' });
    ben = await stack.token({ sub: BEN.email, role: 'advisor' });
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

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
    const [other, one] = ['"7", "8"', '"7", W/"2"'];
    assert.equal((await changeStatus(asha, id, 'COMPLETED', {}, { 'if-match': other })).status, 412);
    assert.equal((await changeStatus(asha, id, 'COMPLETED', {}, { 'if-match': one })).status, 200);
  });

  it('takes three equal signals of a phone as one, and tells a refused one by a notification', async () => {
    const id = await assigned();
    const prefer = { prefer: 'respond-async' };
    for (let n = 0; n < 3; n += 1) {
      const answer = await changeStatus<unknown>(asha, id, 'IN_PROGRESS', { messageId: 'm1' }, prefer);
      assert.equal(answer.status, 202);
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

  describe('by an admin', () => {
    const assign = <T = BookingView>(id: string, advisorId: string, headers = {}) =>
      send<T>(stack.adminToken, `PATCH /api/admin/bookings/${id}/assign`, { advisorId, reason: 'nearest' }, headers);

    it('assigns it, and the advisor sees it from then on', async () => {
      const id = await addBooking(stack.store);
      assert.equal((await send(asha, `GET /api/bookings/${id}`)).status, 404);
      const answer = await assign(id, ASHA.id);
      assert.deepEqual([answer.status, answer.body.status, answer.body.advisor?.email], [200, 'ASSIGNED', ASHA.email]);
      assert.equal(answer.headers.get('etag'), '"2"');
      assert.equal((await send(asha, `GET /api/bookings/${id}`)).status, 200);
    });

    it('assigns it to one advisor when two admins do so at once, and tells the other 409 or 412', async () => {
      const id = await addBooking(stack.store);
      const answers = await Promise.all([
        assign<Problem>(id, ASHA.id, { 'if-match': '"1"' }),
        assign<Problem>(id, BEN.id, { 'if-match': '"1"' }),
      ]);
      const [won, lost] = answers.sort((a, b) => a.status - b.status);
      assert.deepEqual([won?.status, lost?.status, lost?.body.current.status], [200, 412, 'ASSIGNED']);
      assert.equal((await trailOf(stack.store, id)).filter(({ action }) => action === 'ASSIGNED').length, 1);
    });

    it('assigns it to nobody unknown', async () => {
      const id = await addBooking(stack.store);
      const answer = await assign<Problem>(id, 'nobody');
      assert.deepEqual([answer.status, answer.body.code], [409, 'ADVISOR_UNAVAILABLE']);
    });

    describe('and a strategy', () => {
      const by = <T = BookingView>(id: string, body: object, headers = {}) =>
        send<T>(stack.adminToken, `PATCH /api/admin/bookings/${id}/assign`, body, headers);

      it('assigns it to whom the strategy chooses, and a repeat by its key answers alike', async () => {
        const id = await addBooking(stack.store);
        const key = { 'idempotency-key': 'by-strategy' };
        const first = await by(id, { strategy: 'least_loaded', reason: 'new customer' }, key);
        assert.deepEqual([first.status, first.body.status, first.body.version], [200, 'ASSIGNED', 2]);
        assert.ok([ASHA.id, BEN.id].includes(first.body.advisor?.id ?? ''));
        assert.deepEqual((await by(id, { strategy: 'least_loaded', reason: 'new customer' }, key)).body, first.body);
        const trail = await trailOf(stack.store, id);
        assert.deepEqual([trail.length, trail[0]?.reason], [1, 'new customer']);
        assert.match(String(trail[0]?.is?.why), /^least loaded: \d+ against \d+$/);
      });

      it('takes turns', async () => {
        const ids = [await addBooking(stack.store), await addBooking(stack.store)];
        const chosen: unknown[] = [];
        for (const id of ids) chosen.push((await by(id, { strategy: 'round_robin' })).body.advisor?.id);
        assert.deepEqual(chosen.sort(), [ASHA.id, BEN.id]);
      });

      it('says so where nobody can take it, and what is allowed', async () => {
        const id = await addBooking(stack.store);
        await stack.store.run(`update bookings set dealer_id = 'd2' where id = $1`, [id]);
        for (const strategy of ['round_robin', 'least_loaded', 'dealer_based']) {
          const answer = await by<Problem>(id, { strategy });
          assert.deepEqual([answer.status, answer.body.code], [409, 'NO_ADVISOR_AVAILABLE']);
          assert.deepEqual(answer.body.allowed, ['ASSIGNED', 'CANCELLED', 'assign', 'reschedule', 'addNote']);
          assert.equal(answer.body.current.status, 'PENDING');
        }
      });

      it('is asked for either one of an advisor and a strategy', async () => {
        const id = await addBooking(stack.store);
        const faults = async (body: object) => {
          const { status, body: problem } = await by<{ errors: { pointer: string; message: string }[] }>(id, body);
          return [status, ...problem.errors.map(({ pointer, message }) => `${pointer} ${message}`)];
        };
        assert.deepEqual(await faults({ reason: 'x' }), [400, ' the body must have an advisorId or a strategy']);
        assert.deepEqual(await faults({ advisorId: ASHA.id, strategy: 'round_robin' }), [
          400,
          ' the body must have either an advisorId or a strategy, not both',
        ]);
        assert.match(String((await faults({ strategy: 'manual' }))[1]), /^\/strategy strategy must be one of/);
        assert.deepEqual(await trailOf(stack.store, id), []);
      });
    });

    it('is refused to an advisor', async () => {
      const id = await assigned();
      assert.equal((await send(asha, `PATCH /api/admin/bookings/${id}/assign`, { advisorId: BEN.id })).status, 403);
      assert.equal((await send(asha, `PATCH /api/admin/bookings/${id}/status`, { status: 'CANCELLED' })).status, 403);
    });

    it('is as if there were no booking beyond the dealers of the token', async () => {
      const id = await assigned();
      const elsewhere = await stack.token({ sub: 'bob', role: 'admin', dealers: ['DLR002'] });
      const answer = await send(elsewhere, `PATCH /api/admin/bookings/${id}/status`, { status: 'CANCELLED' });
      assert.equal(answer.status, 404);
    });
  });

  it('moves it to another date, for its advisor and for an admin', async () => {
    const id = await assigned();
    const bookingDate = '2031-05-06T10:00:00.000Z';
    const moved = await send(asha, `PATCH /api/bookings/${id}/reschedule`, {
      bookingDate: '2031-05-06T12:00:00+02:00',
    });
    assert.deepEqual([moved.status, moved.body.bookingDate, moved.body.status], [200, bookingDate, 'ASSIGNED']);
    const again = await send(stack.adminToken, `PATCH /api/bookings/${id}/reschedule`, {
      bookingDate: '2031-06-06T10:00Z',
    });
    assert.equal(again.body.version, 3);
    const past = await send<Problem>(asha, `PATCH /api/bookings/${id}/reschedule`, { bookingDate: '2020-01-01' });
    assert.deepEqual([past.status, past.body.code], [422, 'DATE_PASSED']);
    assert.equal((await send(ben, `PATCH /api/bookings/${id}/reschedule`, { bookingDate })).status, 404);
  });

  it('reads a date as in a row: by the clocks of its dealer where it names no zone', async () => {
    const id = await assigned();
    const move = (bookingDate: string) => send(asha, `PATCH /api/bookings/${id}/reschedule`, { bookingDate });
    await stack.store.run(`update dealers set settings = '{"timeZone": "Asia/Kolkata"}' where dealer_code = 'DLR001'`);
    try {
      assert.equal((await move('2031-05-06T10:00')).body.bookingDate, '2031-05-06T04:30:00.000Z');
      assert.equal((await move('07-05-2031')).body.bookingDate, '2031-05-06T18:30:00.000Z');
    } finally {
      await stack.store.run(`update dealers set settings = '{}' where dealer_code = 'DLR001'`);
    }
    for (const none of ['31-02-2031', '05/06/2031', '2031', 'soon']) {
      const { status, body } = await send<Problem>(asha, `PATCH /api/bookings/${id}/reschedule`, { bookingDate: none });
      assert.deepEqual([status, body.code], [400, 'INVALID_REQUEST'], none);
      assert.deepEqual([body.errors?.[0]?.pointer, body.errors?.[0]?.code], ['/bookingDate', 'DATE'], none);
    }
  });

  it('takes notes, one below the other', async () => {
    const id = await assigned();
    const first = await send(asha, `POST /api/advisor/bookings/${id}/notes`, { note: 'called' });
    const second = await send(asha, `POST /api/advisor/bookings/${id}/notes`, { note: 'wants the red one' });
    assert.deepEqual([first.status, second.status, second.body.notes], [201, 201, 'called\nwants the red one']);
    assert.deepEqual(
      (await trailOf(stack.store, id)).map(({ action, is }) => [action, is]),
      [
        ['NOTE_ADDED', { note: 'called' }],
        ['NOTE_ADDED', { note: 'wants the red one' }],
      ],
    );
    const desk = await send(stack.adminToken, `POST /api/admin/bookings/${id}/notes`, { note: 'it is ordered' });
    assert.deepEqual([desk.status, desk.body.notes], [201, 'called\nwants the red one\nit is ordered']);
  });

  it('asks the workflow how it stands, and the record where none runs', async () => {
    interface Lifecycle {
      status: string;
      nextDue: { kind: string; at: string };
      allowedActions: string[];
      isRunning: boolean;
    }
    const id = await assigned();
    const before = await send<Lifecycle>(asha, `GET /api/bookings/${id}/lifecycle`);
    await changeStatus(asha, id, 'NO_SHOW');
    await send(asha, `PATCH /api/bookings/${id}/reschedule`, { bookingDate: '2031-05-06T10:00:00Z' });
    const after = await send<Lifecycle>(asha, `GET /api/bookings/${id}/lifecycle`);
    assert.deepEqual([before.body.isRunning, before.body.nextDue.kind], [false, 'reminder']);
    assert.deepEqual(before.body.allowedActions, ['IN_PROGRESS', 'NO_SHOW', 'reschedule', 'addNote']);
    assert.deepEqual(
      [after.body.isRunning, after.body.status, after.body.nextDue.kind],
      [true, 'RESCHEDULED', 'rescheduleDeadline'],
    );
    assert.equal((await send(ben, `GET /api/bookings/${id}/lifecycle`)).status, 404);
  });

  it('names every fault of a request, but only to whom the booking is shown', async () => {
    const id = await assigned();
    const bad = { status: 'DONE', occurredAt: 'yesterday', colour: 'red' };
    const answer = await send<{ errors: { pointer: string }[] }>(asha, `PATCH /api/advisor/bookings/${id}/status`, bad);
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.body.errors.map(({ pointer }) => pointer).sort(), ['/colour', '/occurredAt', '/status']);
    assert.equal((await send(ben, `PATCH /api/advisor/bookings/${id}/status`, bad)).status, 404);
    assert.equal((await changeStatus(asha, 'no-such-booking', 'IN_PROGRESS')).status, 404);
    const noTag = await changeStatus<Problem>(asha, id, 'IN_PROGRESS', {}, { 'if-match': 'yesterday' });
    assert.equal(noTag.status, 412);
  });

  it('lets operators find it by what they know of it', async () => {
    const id = await assigned();
    await changeStatus(asha, id, 'NO_SHOW');
    const { workflow } = temporal.client;
    const query = `BookingStatus = 'NO_SHOW' and BookingDealer = 'DLR001' and BookingAdvisor = '${ASHA.id}'`;
    await waitFor(async () => {
      for await (const found of workflow.list({ query })) if (found.workflowId === `booking-${id}`) return true;
      return false;
    });
    const { workflowExecutionInfo } = (await workflow.getHandle(`booking-${id}`).describe()).raw;
    assert.equal(workflowExecutionInfo?.type?.name, 'BookingLifecycleWorkflow');
  });
});
