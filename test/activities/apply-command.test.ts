import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type Activities, createActivities } from '../../activities/index.ts';
import { createCommand } from '../../db/booking-commands.ts';
import type { LeftCommand } from '../../db/left-commands.ts';
import { addBooking } from '../support/bookings.ts';
import { SHUT_DOORS } from '../support/shut-doors.ts';
import { ADMIN, openStore, type Store } from '../support/store.ts';

describe('applyCommand', function () {
  this.timeout(60_000);
  let store: Store;
  before(async () => {
    store = await openStore();
  });
  after(() => store.close());

  it('answers though nobody takes what it hands over, and hands it over again when it is called again', async () => {
    const [bookingId, waiting] = [await addBooking(store), await addBooking(store, { status: 'WAITLISTED' })];
    const command = await createCommand(store.db, {
      ...{ bookingId, wish: { kind: 'changeStatus', status: 'CANCELLED' }, actor: ADMIN, role: 'admin', key: null },
      ...{ reason: null, expectedVersion: null, occurredAt: null, respondAsync: false },
    });
    assert.ok(command.ok);
    const handed: LeftCommand[] = [];
    const activities = createActivities({
      ...{ db: store.db, ...SHUT_DOORS },
      handCommand: async (left) => {
        handed.push(left);
        throw new Error('Temporal is away');
      },
    });
    const told: string[] = [];
    const logger = new DefaultLogger('WARN', ({ message }) => told.push(message));
    const apply = async (): Promise<Awaited<ReturnType<Activities['applyCommand']>>> =>
      new MockActivityEnvironment({}, { logger }).run(activities.applyCommand, bookingId, command.value.id);
    const [first, second] = [await apply(), await apply()];
    assert.deepEqual(first.result, { ok: true, status: 'CANCELLED', version: 2 });
    // Ids alone go into the workflow's history, and nothing of the other booking's.
    assert.deepEqual(Object.keys(first).sort(), ['result', 'state', 'untold']);
    assert.deepEqual(second, first);
    assert.deepEqual(
      handed.map((left) => left.bookingId),
      [waiting, waiting],
    );
    assert.deepEqual(handed[1], handed[0]);
    assert.equal(told.length, 2);
  });
});
