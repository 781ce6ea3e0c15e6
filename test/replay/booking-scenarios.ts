import type { BookingStatus } from '../../src/domain/booking.ts';
import type { BookingWish } from '../../src/domain/booking-command.ts';
import { TRANSITIONS } from '../../src/domain/transitions.ts';
import { bookingWorkflowId } from '../../src/lifecycle-link.ts';
import type { Recording, Scenario, Scenarios } from './open-recording.ts';
import { ADVISOR, OTHER_ADVISOR, PERSON } from './people.ts';

export const transitionName = (from: BookingStatus, to: BookingStatus): string =>
  `booking-${from}-to-${to}`.toLowerCase().replaceAll('_', '-');

const NOTE: BookingWish = { kind: 'addNote', note: PERSON.said };
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const assign = (advisorId: string, insteadOf: string | null): BookingWish => ({ kind: 'assign', advisorId, insteadOf });

/** Every edge of the table, from a booking whose workflow finds it at its beginning. */
const TRANSITION_SCENARIOS: Scenarios = Object.fromEntries(
  (Object.keys(TRANSITIONS) as BookingStatus[]).flatMap((from) =>
    TRANSITIONS[from].map((to) => [transitionName(from, to), transition(from, to)]),
  ),
);

function transition(from: BookingStatus, to: BookingStatus): Scenario {
  return async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ status: from });
    const isAssigned = from === 'PENDING' && to === 'ASSIGNED';
    await (isAssigned ? bookings.send(id, assign(ADVISOR, null)) : bookings.move(id, to));
    await saveBooking(name, id);
  };
}

const COMMAND_SCENARIOS: Scenarios = {
  'booking-note': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living();
    await bookings.send(id, NOTE);
    await saveBooking(name, id);
  },
  'booking-advisor-swapped': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ status: 'ASSIGNED' });
    await bookings.send(id, assign(OTHER_ADVISOR, ADVISOR));
    await saveBooking(name, id);
  },
  'booking-moved-to-another-date': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living();
    await bookings.send(id, { kind: 'reschedule', bookingDate: inDays(200) });
    await saveBooking(name, id);
  },
  'booking-no-show-rescheduled-and-assigned': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living({ status: 'NO_SHOW', dealer: { reminderHours: 86_400, rescheduleHours: 3_600 } });
    await bookings.send(id, { kind: 'reschedule', bookingDate: inDays(200) });
    await bookings.send(id, assign(ADVISOR, ADVISOR));
    await saveBooking(name, id);
  },
  'booking-started-by-a-change': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.sleeping();
    await bookings.move(id, 'CANCELLED');
    await saveBooking(name, id);
  },
  'booking-changes-refused': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living();
    for (const status of ['COMPLETED', 'ASSIGNED'] as const)
      await bookings.lifecycles.send(id, { kind: 'changeStatus', status });
    await bookings.lifecycles.send(id, assign('A9', null));
    await bookings.lifecycles.send(id, { kind: 'reschedule', bookingDate: '2020-01-01T00:00:00Z' });
    await saveBooking(name, id);
  },
  'booking-change-done-twice': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living();
    const command = { bookingId: id, commandId: await bookings.lifecycles.store(id, NOTE), kind: 'addNote' as const };
    for (let n = 0; n < 2; n += 1) await bookings.lifecycles.apply(command, 20_000);
    await saveBooking(name, id);
  },
  'booking-change-unknown-to-the-store': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living();
    const command = { bookingId: id, commandId: 'nobody-stored-it', kind: 'addNote' as const };
    await bookings.lifecycles.apply(command, 20_000).catch(() => undefined);
    await saveBooking(name, id);
  },
  'booking-changes-at-once': async ({ bookings, saveBooking }, name) => {
    const id = await bookings.living();
    await Promise.all(Array.from({ length: 8 }, () => bookings.send(id, NOTE)));
    await saveBooking(name, id);
  },
};

const SIGNAL_SCENARIOS: Scenarios = {
  'booking-signal': (on, name) => signalled(on, name, ['IN_PROGRESS']),
  'booking-signal-refused': (on, name) => signalled(on, name, ['COMPLETED']),
  'booking-signals-out-of-order': (on, name) => signalled(on, name, ['COMPLETED', 'IN_PROGRESS']),
  'booking-started-by-a-signal': async ({ bookings, saveBooking, untilClosed }, name) => {
    const id = await bookings.sleeping({ status: 'IN_PROGRESS' });
    await hand(bookings, id, 'COMPLETED', 0);
    await untilClosed(bookingWorkflowId(id));
    await saveBooking(name, id);
  },
};

/** The first is handed over first, and happened last. */
async function signalled({ bookings, saveBooking, withoutWorker }: Recording, name: string, statuses: BookingStatus[]) {
  const id = await bookings.living({ status: 'ASSIGNED' });
  // They wait for a worker, and so they arrive in one task.
  await withoutWorker(async () => {
    for (const [n, status] of statuses.entries()) await hand(bookings, id, status, n);
  });
  await bookings.lifecycles.ask(id, 20_000);
  await saveBooking(name, id);
}

async function hand({ lifecycles }: Recording['bookings'], id: string, status: BookingStatus, secondsAgo: number) {
  const occurredAt = new Date(Date.now() - secondsAgo * 1_000).toISOString();
  const wish: BookingWish = { kind: 'changeStatus', status };
  const commandId = await lifecycles.store(id, wish, { occurredAt, respondAsync: true });
  await lifecycles.hand({ bookingId: id, commandId, occurredAt });
}

export const BOOKING_SCENARIOS: Scenarios = { ...TRANSITION_SCENARIOS, ...COMMAND_SCENARIOS, ...SIGNAL_SCENARIOS };
