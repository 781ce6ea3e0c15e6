import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { applyCommand } from '../../db/apply-command.ts';
import type { LeftCommand } from '../../db/left-commands.ts';
import { loadConfig } from '../../src/config.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import { closeTemporal, connectTemporal, type Temporal } from '../../src/temporal.ts';
import { addAdvisors, addBooking, type GivenBooking, trailOf } from '../support/bookings.ts';
import { type Lifecycles, openLifecycles } from '../support/lifecycles.ts';
import { call } from '../support/rest.ts';
import { type Stack, type StackProcess, withStack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const CANCEL: BookingWish = { kind: 'changeStatus', status: 'CANCELLED' };

describe('a place for the waitlist', function () {
  this.timeout(120_000);
  let stack: Stack;
  let temporal: Temporal;
  let lifecycles: Lifecycles;
  let worker: StackProcess | undefined;
  let dealers = 0;
  /** A dealer of its own for each test. */
  let dealerId: string;
  before(async () => {
    stack = await withStack({ worker: false });
    await addAdvisors(stack.store);
    temporal = await connectTemporal(loadConfig(stack.env).temporal);
    lifecycles = openLifecycles(temporal.client, stack.store);
    // Once, for the search attributes and the schedule.
    await (await stack.startWorker('bookings')).stop();
  });
  beforeEach(() => {
    dealers += 1;
    dealerId = `d${dealers}`;
  });
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
  });
  after(async () => {
    await closeTemporal(temporal);
    await stack.close();
  });

  const booked = (given: GivenBooking = {}) => addBooking(stack.store, { dealerId, ...given });
  const waiting = () => booked({ status: 'WAITLISTED' });
  async function inTurn(count: number, make: () => Promise<string>): Promise<string[]> {
    const made: string[] = [];
    while (made.length < count) made.push(await make());
    return made;
  }
  const patch = (id: string, what: string, body: object) =>
    call(stack, 'PATCH', `/api/${what.replace(':id', id)}`, body);
  const cancel = (id: string) => patch(id, 'admin/bookings/:id/status', { status: 'CANCELLED' });
  const promoted = async () =>
    (
      await stack.store.rows<{ id: string }>(
        `select id from bookings b where dealer_id = $1 and status = 'PENDING'
           and exists (select from waitlist_places p where p.offered_to = b.id and p.outcome = 'PROMOTED') order by id`,
        [dealerId],
      )
    ).map(({ id }) => id);
  const untilPromoted = async (ids: string[]) => {
    await waitFor(async () => (await promoted()).length >= ids.length);
    assert.deepEqual(await promoted(), [...ids].sort());
  };
  /** Cancels it as a worker does that dies before it hands anything on; gives what it would have handed. */
  async function cancelUnheard(id: string): Promise<LeftCommand> {
    const applied = await applyCommand(stack.store.db, id, await lifecycles.store(id, CANCEL));
    if (!applied?.caused) throw new Error('nothing was offered');
    return applied.caused;
  }

  it('that is given up through the API is given to whoever waits longest, by its own workflow', async () => {
    const [gone, moved, first, second, third] = [await booked(), await booked(), ...(await inTurn(3, waiting))];
    worker = await stack.startWorker('bookings');
    assert.equal((await cancel(gone)).status, 200);
    await untilPromoted([first as string]);
    const bookingDate = new Date(Date.now() + 120 * 86_400_000).toISOString();
    assert.equal((await patch(moved, 'bookings/:id/reschedule', { bookingDate })).status, 200);
    await untilPromoted([first as string, second as string]);
    assert.equal((await lifecycles.ask(second as string, 5_000))?.status, 'PENDING');
    assert.equal(await lifecycles.ask(third as string, 5_000), undefined);
  });

  it('is given once for each of ten that are given up at the same moment', async () => {
    const [held, queue] = [await inTurn(10, booked), await inTurn(12, waiting)];
    worker = await stack.startWorker('bookings');
    const answers = await Promise.all(held.map(cancel));
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array(10).fill(200),
    );
    await untilPromoted(queue.slice(0, 10));
    for (const id of queue.slice(0, 10)) assert.equal((await trailOf(stack.store, id)).length, 1);
  });

  it('goes on to the next one when the one it is offered to is cancelled before its workflow hears of it', async () => {
    const [gone, [first, second]] = [await booked(), (await inTurn(2, waiting)) as [string, string]];
    const offer = await cancelUnheard(gone);
    worker = await stack.startWorker('bookings');
    assert.equal((await cancel(first)).status, 200);
    await lifecycles.hand(offer);
    await untilPromoted([second]);
    assert.deepEqual(
      (await trailOf(stack.store, first)).map(({ is }) => is?.status),
      ['CANCELLED'],
    );
  });

  it('is taken once, though it is handed three times', async () => {
    const [gone, first] = [await booked(), await waiting()];
    const offer = await cancelUnheard(gone);
    for (let n = 0; n < 3; n += 1) await lifecycles.hand(offer);
    worker = await stack.startWorker('bookings');
    await untilPromoted([first]);
    // Whatever comes after the three finds them done.
    await lifecycles.send(first, { kind: 'addNote', note: 'called' });
    assert.equal((await trailOf(stack.store, first)).length, 2);
  });

  it('is handed over by the next worker when one dies between the commit and the hand-over', async () => {
    const [gone, first] = [await booked(), await waiting()];
    const dying = fork(join(import.meta.dirname, 'dying-worker.ts'), { env: stack.env, execArgv: ['--import', 'tsx'] });
    const died = once(dying, 'exit');
    await once(dying, 'message');
    const answer = lifecycles.send(gone, CANCEL);
    assert.deepEqual(await died, [null, 'SIGKILL']);
    assert.deepEqual(await promoted(), []);
    worker = await stack.startWorker('bookings');
    assert.deepEqual(await answer, { ok: true, status: 'CANCELLED', version: 2 });
    await untilPromoted([first]);
  });

  it('that was offered and never handed over is handed over by the reconcile', async () => {
    const [gone, first] = [await booked(), await waiting()];
    const { commandId } = await cancelUnheard(gone);
    await stack.store.run(`update booking_commands set created_at = now() - interval '61 seconds' where id = $1`, [
      commandId,
    ]);
    worker = await stack.startWorker('bookings');
    await temporal.client.schedule.getHandle('reconcile').trigger();
    await untilPromoted([first]);
  });
});
