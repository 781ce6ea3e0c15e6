import type { BookingWish } from '../../src/domain/booking-command.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Recording, Scenarios } from './open-recording.ts';
import { PERSON } from './people.ts';

const DAY = 86_400;
const NOTE: BookingWish = { kind: 'addNote', note: PERSON.said };
const inDays = (days: number) => new Date(Date.now() + days * DAY * 1_000).toISOString();

// Seconds stand for the hours and days of real dealers: what is recorded is the same but for its instants.
const TIMER_SCENARIOS: Scenarios = {
  'booking-timer-reminds': async ({ bookings, stack, saveBooking }, name) => {
    const id = await bookings.living({ inSeconds: 600, dealer: { reminderHours: 598 } });
    await waitFor(
      async () => (await stack.store.rows('select from notifications where booking_id = $1', [id])).length > 0,
    );
    await bookings.send(id, NOTE);
    await saveBooking(name, id);
  },
  'booking-timer-makes-a-no-show': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ status: 'ASSIGNED', inSeconds: 1, dealer: { noShowHours: 1 } });
    await bookings.untilStatus(id, 'NO_SHOW');
    await saveBooking(name, id);
  },
  'booking-timer-returns-it-to-pending': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ status: 'RESCHEDULED', dealer: { rescheduleHours: 2 } });
    await bookings.untilStatus(id, 'PENDING');
    await saveBooking(name, id);
  },
  'booking-timer-ends-the-time-to-reopen': async ({ bookings, untilClosed, saveBooking }, name) => {
    const id = await bookings.living({ status: 'CANCELLED', dealer: { reopenHours: 2 } });
    await untilClosed(bookingWorkflowId(id));
    await saveBooking(name, id);
  },
  'booking-timer-moved': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ dealer: { reminderHours: DAY } });
    await bookings.send(id, { kind: 'reschedule', bookingDate: inDays(200) });
    await saveBooking(name, id);
  },
  'booking-timer-left-alone': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ dealer: { reminderHours: DAY } });
    await bookings.send(id, NOTE);
    await saveBooking(name, id);
  },
  'booking-timer-disarmed': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ status: 'ASSIGNED', dealer: { reminderHours: DAY } });
    await bookings.move(id, 'IN_PROGRESS');
    await saveBooking(name, id);
  },
  'booking-timer-finds-it-changed-behind-it': async ({ bookings, stack, saveBooking }, name) => {
    const id = await bookings.living({ status: 'ASSIGNED', inSeconds: 1, dealer: { noShowHours: 2 } });
    await stack.store.run(`update bookings set status = 'IN_PROGRESS', version = version + 1 where id = $1`, [id]);
    await waitFor(async () => (await bookings.lifecycles.ask(id, 5_000))?.status === 'IN_PROGRESS');
    await saveBooking(name, id);
  },
  'booking-timer-of-a-date-that-passed': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ status: 'ASSIGNED', inSeconds: -DAY, dealer: { noShowHours: DAY + 1 } });
    await bookings.untilStatus(id, 'NO_SHOW');
    await saveBooking(name, id);
  },
};

const BEHIND_SCENARIOS: Scenarios = {
  'booking-refreshed': async ({ bookings, stack, saveBooking }, name) => {
    const id = await bookings.living({ dealer: { reminderHours: DAY } });
    await stack.store.run(`update bookings set booking_date = now() + interval '200 days' where id = $1`, [id]);
    await bookings.lifecycles.refresh(id);
    await bookings.lifecycles.ask(id, 20_000);
    await saveBooking(name, id);
  },
  'booking-gone-while-it-waits': async ({ bookings, stack, untilClosed, saveBooking }, name) => {
    const id = await bookings.living({ dealer: { reminderHours: DAY } });
    await stack.store.run('delete from bookings where id = $1', [id]);
    await bookings.lifecycles.refresh(id);
    await untilClosed(bookingWorkflowId(id));
    await saveBooking(name, id);
  },
  'booking-gone-before-it-begins': async ({ bookings, untilClosed, saveBooking }, name) => {
    await bookings.lifecycles.start('B000');
    await untilClosed(bookingWorkflowId('B000'));
    await saveBooking(name, 'B000');
  },
  'booking-store-away-for-a-while': async ({ bookings, stack, temporal, saveBooking }, name) => {
    const id = await bookings.living();
    await stack.store.run(`
      create function fill_disk() returns trigger language plpgsql as $f$ begin
        raise exception 'no space left' using errcode = '53100';
      end $f$;
      create trigger fill_disk before update on bookings for each statement execute function fill_disk()`);
    const sent = bookings.send(id, NOTE);
    // Its first local activity read the booking; the second has given up waiting in a task, and waits in a timer.
    await waitFor(async () => {
      const { events } = await temporal.client.workflow.getHandle(bookingWorkflowId(id)).fetchHistory();
      return (events ?? []).filter(({ markerRecordedEventAttributes }) => markerRecordedEventAttributes).length > 1;
    });
    await stack.store.run('drop trigger fill_disk on bookings');
    await sent;
    await saveBooking(name, id);
  },
  'booking-workflow-cancelled': async ({ bookings, temporal, saveBooking }, name) => {
    const id = await bookings.living({ status: 'ASSIGNED', dealer: { reminderHours: DAY } });
    await temporal.client.workflow.getHandle(bookingWorkflowId(id)).cancel();
    await bookings.send(id, { kind: 'reschedule', bookingDate: inDays(200) });
    await saveBooking(name, id);
  },
};

const END_SCENARIOS: Scenarios = {
  'booking-from-pending-to-completed': async ({ bookings, untilClosed, saveBooking }, name) => {
    const id = await bookings.living({ dealer: { reminderHours: DAY, noShowHours: DAY } });
    await bookings.send(id, { kind: 'assign', advisorId: 'A1', insteadOf: null });
    await bookings.move(id, 'IN_PROGRESS', 'COMPLETED');
    await untilClosed(bookingWorkflowId(id));
    await saveBooking(name, id);
  },
  'booking-asked-after-its-end': async ({ bookings, untilClosed, saveBooking }, name) => {
    const id = await bookings.sleeping({ status: 'COMPLETED' });
    await bookings.lifecycles.send(id, { kind: 'changeStatus', status: 'IN_PROGRESS' });
    await untilClosed(bookingWorkflowId(id));
    await saveBooking(name, id);
  },
  'booking-reopened-in-time': (on, name) => reopened(on, name, 600),
  'booking-reopened-by-a-new-run': (on, name) => reopened(on, name, 0),
  'booking-full': full,
};

async function reopened({ bookings, untilClosed, saveBooking }: Recording, name: string, reopenHours: number) {
  const id = await bookings.living({ status: 'ASSIGNED', dealer: { reminderHours: DAY, reopenHours } });
  await bookings.move(id, 'CANCELLED');
  if (reopenHours === 0) await untilClosed(bookingWorkflowId(id));
  await bookings.move(id, 'PENDING');
  await saveBooking(name, id);
}

/** Two histories: the run that became full, and the one that goes on from what it handed over. */
async function full({ bookings, temporal, save }: Recording, name: string): Promise<void> {
  const id = await bookings.living({ status: 'ASSIGNED', dealer: { reminderHours: DAY } });
  const handle = temporal.client.workflow.getHandle(bookingWorkflowId(id));
  const { runId } = await handle.describe();
  // Eight at once, since ten in flight are the server's limit.
  while ((await handle.describe()).runId === runId)
    await Promise.all(Array.from({ length: 8 }, () => bookings.send(id, NOTE)));
  await bookings.move(id, 'IN_PROGRESS');
  await save(name, bookingWorkflowId(id), runId);
  await save(`${name}-goes-on`, bookingWorkflowId(id));
}

export const BOOKING_TIME_SCENARIOS: Scenarios = { ...TIMER_SCENARIOS, ...BEHIND_SCENARIOS, ...END_SCENARIOS };
